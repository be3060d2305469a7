/**
 * How are elements made, and buttons that answer for themselves?  Text is only ever set as text, never as HTML.
 */

type Attributes = Readonly<Record<string, string | true | undefined>>;

export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

export function find<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`the page has no ${id}`);
  return element;
}

export function makeButton(label: string, style: "primary" | "plain", act: () => void): HTMLButtonElement {
  const button = make("button", { type: "button", class: style }, label);
  button.addEventListener("click", act);
  return button;
}

/** A button that copies what `read` gives at that moment, and says so for a while. */
export function makeCopyButton(what: string, read: () => string): HTMLButtonElement {
  const button = make("button", { type: "button", class: "copy", "aria-label": `Copy ${what}` }, "Copy");
  let timer = 0;
  button.addEventListener("click", () => {
    void copy(read()).then((isCopied) => {
      button.textContent = isCopied ? "Copied" : "Select and copy it";
      announce(isCopied ? `Copied ${what}` : "The browser did not allow it; select the text and copy it.");
      clearTimeout(timer);
      timer = window.setTimeout(() => (button.textContent = "Copy"), 2000);
    });
  });
  return button;
}

/** Told to those who hear the page; seen by nobody. */
export function announce(sentence: string): void {
  find("spoken", HTMLElement).textContent = sentence;
}

/** Browsers offer their clipboard to encrypted pages alone; plants often have no certificate, so there is the old way too. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = make("textarea", { class: "unseen", "aria-hidden": "true" });
    area.value = text;
    const before = document.activeElement;
    document.body.append(area);
    area.select();
    const isCopied = document.execCommand("copy");
    area.remove();
    if (before instanceof HTMLElement) before.focus();
    return isCopied;
  }
}
