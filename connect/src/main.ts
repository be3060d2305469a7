/**
 * The page: a key is pasted, the service is asked, the answer is shown.  The key lives in this module's variables and
 * in its field, and nowhere else.
 */

import { readAddress } from "./address";
import { askAccess, type Answer } from "./access";
import { find, make, makeButton } from "./elements";
import { canBeSent, explain, isWellFormed } from "./key";
import { makeGranted, makeOverview } from "./overview";

const address = readAddress(location);
const form = find("form", HTMLFormElement);
const field = find("key", HTMLInputElement);
const show = find("show", HTMLButtonElement);
const answer = find("answer", HTMLElement);
const overview = find("overview", HTMLElement);

let asking: AbortController | undefined;
let answered = "";

function forget(): void {
  asking?.abort();
  asking = undefined;
  answered = "";
  answer.replaceChildren();
  overview.replaceChildren();
}

async function check(): Promise<void> {
  const pasted = field.value;
  const key = pasted.trim();
  if (key === answered) return;
  forget();
  if (key === "") return;
  answered = key;
  if (!canBeSent(key)) {
    showAnswer(pasted, { kind: "refused" });
    return;
  }
  const mine = (asking = new AbortController());
  answer.replaceChildren(make("p", { class: "answer" }, "Asking the server …"));
  try {
    showAnswer(pasted, await askAccess(address.base, key, mine.signal));
  } catch (error) {
    if (!mine.signal.aborted) throw error;
  }
}

function showAnswer(pasted: string, given: Answer): void {
  switch (given.kind) {
    case "granted":
      answer.replaceChildren(makeGranted(given.access));
      overview.replaceChildren(makeOverview(address, given.access, pasted.trim()));
      break;
    case "refused":
      answer.replaceChildren(makeRefused(pasted));
      break;
    case "failed":
      answered = ""; // the same key may be asked about again
      answer.replaceChildren(
        make("div", { class: "answer bad" }, make("p", { class: "verdict" }, "The key could not be checked."), make("p", {}, given.sentence)),
      );
  }
}

function makeRefused(pasted: string): HTMLElement {
  const { sentence, proposal } = explain(pasted);
  const refused = make(
    "div",
    { class: "answer bad" },
    make("p", { class: "verdict" }, "The server does not take this key."),
    make("p", {}, sentence),
  );
  if (proposal !== undefined) {
    const mend = makeButton("Mend and check again", "plain", () => {
      field.value = proposal;
      void check();
    });
    refused.append(make("div", { class: "buttons" }, mend));
  } else if (isWellFormed(pasted.trim())) {
    refused.append(
      make(
        "p",
        {},
        "Ask IT to look it up with ",
        make("code", {}, "nexshift key list"),
        ", which shows the keys that expired or were revoked, and to make a new one with ",
        make("code", {}, "nexshift key create"),
        ".",
      ),
    );
  } else {
    refused.append(make("p", {}, "If that does not help, ask whoever gave you the key for a new one."));
  }
  return refused;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void check();
});
field.addEventListener("input", (event) => {
  const typed = event instanceof InputEvent && event.inputType === "insertText" && (event.data?.length ?? 0) <= 1;
  const removed = event instanceof InputEvent && event.inputType.startsWith("delete");
  if ((!typed && !removed) || isWellFormed(field.value.trim())) void check();
  else if (field.value.trim() !== answered) forget();
});
show.addEventListener("click", () => {
  const isShown = field.type === "password";
  field.type = isShown ? "text" : "password";
  show.textContent = isShown ? "Hide" : "Show";
  show.setAttribute("aria-pressed", String(isShown));
});
show.disabled = false;
field.focus();
void check(); // of what was pasted before this script had come
