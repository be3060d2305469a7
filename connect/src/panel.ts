/**
 * What can be done with one table?  Files to take, and lines to copy.
 */

import type { Address } from "./address";
import type { Table } from "./access";
import { fetchFile, formatSize, saveFile } from "./downloads";
import { make, makeButton, makeCopyButton } from "./elements";
import { makePowerBiFile, makeWorkbook } from "./files";
import { writeCsvQuery, writeFeedQuery } from "./queries";
import { fileAddress, writeCurl, writePython, writeR } from "./snippets";

interface Snippet {
  readonly id: string;
  readonly label: string;
  readonly note: string;
  readonly write: (address: Address, table: Table) => string;
}

const IN_EXCEL =
  "Excel: Data, Get Data, From Other Sources, Blank Query, then Advanced Editor. Power BI: Get data, Blank query.";
const SNIPPETS: readonly Snippet[] = [
  { id: "feed", label: "Power Query", note: IN_EXCEL, write: writeFeedQuery },
  {
    id: "csv",
    label: "Power Query, CSV",
    note: `The whole table in one go; quicker for a large one. ${IN_EXCEL}`,
    write: writeCsvQuery,
  },
  { id: "python", label: "Python", note: "With pandas. It asks for the key, or takes it from NEXSHIFT_KEY.", write: writePython },
  { id: "r", label: "R", note: "R 3.6 or newer. It asks for the key, or takes it from NEXSHIFT_KEY.", write: writeR },
  { id: "curl", label: "curl", note: "It asks for the password, which is the key.", write: writeCurl },
];

export function makePanel(address: Address, table: Table, key: string): HTMLElement {
  return make(
    "div",
    { class: "panel" },
    make("p", { class: "quiet" }, table.description),
    makeFiles(address, table, key),
    makeSnippets(address, table),
    make(
      "div",
      { class: "line" },
      make("span", { class: "label" }, "For “From OData feed”"),
      makeCopyable(address.odata + table.name, "the address"),
    ),
    makeColumns(table),
  );
}

/** A short text with its button. */
export function makeCopyable(text: string, what: string): HTMLElement {
  return make("div", { class: "copyable" }, make("code", {}, text), makeCopyButton(what, () => text));
}

function makeFiles(address: Address, table: Table, key: string): HTMLElement {
  const said = make("p", { class: "said", role: "status" });
  const workbook = makeButton("Refreshable workbook", "primary", () => {
    void makeWorkbook(address, table).then((file) => {
      saveFile(file, `${table.name}-refreshable.xlsx`);
      said.textContent = "Open it in Excel, allow the content, and sign in as above. It fetches the rows at every opening.";
    });
  });
  const powerBi = makeButton("Power BI file", "plain", () => {
    saveFile(makePowerBiFile(address, table), `${table.name}.pbids`);
    said.textContent = "Open it with Power BI Desktop, and sign in as above.";
  });
  return make(
    "div",
    {},
    make(
      "div",
      { class: "buttons" },
      workbook,
      powerBi,
      makeDownload("csv", address, table, key, said),
      makeDownload("xlsx", address, table, key, said),
    ),
    said,
  );
}

/** The rows as they are now; the same button stops it. */
function makeDownload(
  format: "csv" | "xlsx",
  address: Address,
  table: Table,
  key: string,
  said: HTMLElement,
): HTMLButtonElement {
  const label = `Rows as ${format.toUpperCase()}`;
  let running: AbortController | undefined;
  const button = makeButton(label, "plain", () => {
    if (running) {
      running.abort();
      return;
    }
    const stopping = (running = new AbortController());
    button.textContent = "Stop";
    button.setAttribute("aria-busy", "true");
    said.textContent = "Fetching …";
    const name = `${table.name}.${format}`;
    let bytes = 0;
    void fetchFile(fileAddress(address, table, format), name, key, stopping.signal, (soFar) => {
      bytes = soFar;
      said.textContent = `Fetching … ${formatSize(bytes)}`;
    }).then((failure) => {
      running = undefined;
      button.textContent = label;
      button.removeAttribute("aria-busy");
      said.textContent = stopping.signal.aborted ? "Stopped." : (failure ?? `${name}: ${formatSize(bytes)}`);
    });
  });
  button.dataset["format"] = format;
  return button;
}

function makeSnippets(address: Address, table: Table): HTMLElement {
  const note = make("p", { class: "quiet small" });
  const code = make("code");
  const choices = SNIPPETS.map((snippet) => {
    const radio = make("input", { type: "radio", name: `snippet-${table.name}`, value: snippet.id });
    radio.addEventListener("change", () => choose(snippet));
    return make("label", {}, radio, make("span", {}, snippet.label));
  });
  function choose(snippet: Snippet): void {
    note.textContent = snippet.note;
    code.textContent = snippet.write(address, table);
  }
  const [first] = SNIPPETS;
  if (first) choose(first);
  choices[0]?.querySelector("input")?.setAttribute("checked", "");
  return make(
    "fieldset",
    { class: "snippets" },
    make("legend", { class: "label" }, "Lines to paste"),
    make(
      "div",
      { class: "toolbar" },
      make("div", { class: "choices" }, ...choices),
      makeCopyButton("the lines", () => code.textContent ?? ""),
    ),
    make("pre", { tabindex: "0", "aria-label": "Lines to paste" }, code),
    note,
  );
}

function makeColumns(table: Table): HTMLElement {
  const rows = table.columns.map((column) =>
    make(
      "tr",
      {},
      make("th", { scope: "row" }, make("code", {}, column.name)),
      make("td", {}, column.nullable ? `${column.type}, may be empty` : column.type),
      make("td", {}, column.description),
    ),
  );
  const count = table.columns.length;
  return make(
    "details",
    { class: "columns" },
    make("summary", {}, `${count} column${count === 1 ? "" : "s"}`),
    make("div", { class: "scroll" }, make("table", {}, make("tbody", {}, ...rows))),
  );
}
