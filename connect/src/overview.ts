/**
 * What does a working key open?  Whose it is, how to sign in with it, the address, and the tables.
 */

import type { Address } from "./address";
import type { Access, Table } from "./access";
import { saveFile } from "./downloads";
import { make, makeButton, makeCopyButton } from "./elements";
import { makePowerBiFile } from "./files";
import { makeNotices } from "./notices";
import { makeCopyable, makePanel } from "./panel";

export function makeGranted(access: Access): HTMLElement {
  const facts: readonly (readonly [string, string])[] = [
    ["Company", access.company],
    ["Key", access.key],
    ["Good until", access.expires_at === null ? "it is revoked" : lastDay(access.expires_at, access.timezone)],
    [access.sites.length === 1 ? "Site" : "Sites", access.sites.map((site) => site.name).join(", ") || "none yet"],
  ];
  return make(
    "div",
    { class: "answer good" },
    make("p", { class: "verdict" }, "The key works."),
    make("dl", {}, ...facts.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)))),
  );
}

export function makeOverview(address: Address, access: Access, key: string): HTMLElement {
  return make(
    "div",
    {},
    ...makeNotices(address),
    makeSignIn(key),
    make("section", {}, make("h2", {}, "Tables"), ...makeGroups(address, access, key)),
    makeAllTables(address),
  );
}

/** The last day on which the key is good, as the company counts days. */
function lastDay(expiresAt: string, timezone: string): string {
  const last = new Date(Date.parse(expiresAt) - 1000);
  return new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeZone: timezone }).format(last);
}

function makeSignIn(key: string): HTMLElement {
  const row = (name: string, ...value: readonly (Node | string)[]): HTMLElement =>
    make("div", {}, make("dt", {}, name), make("dd", {}, ...value));
  return make(
    "section",
    {},
    make("h2", {}, "When Excel or Power BI asks"),
    make(
      "dl",
      { class: "card" },
      row("Choose", make("b", {}, "Basic"), " on the left"),
      row("User name", "anything, such as ", make("b", {}, "key")),
      row("Password", "the key ", makeCopyButton("the key", () => key)),
    ),
    make("p", { class: "quiet small" }, "They ask once, and keep the key in their own store; no file holds it."),
  );
}

function makeGroups(address: Address, access: Access, key: string): HTMLElement[] {
  const resources = [...new Set([...access.resources, ...access.tables.map((table) => table.resource)])];
  return resources.flatMap((resource) => {
    const tables = access.tables.filter((table) => table.resource === resource);
    if (tables.length === 0) return [];
    const isOne = access.resources.includes(resource); // what goes beyond them is of no single one
    const title = isOne ? resource.charAt(0).toUpperCase() + resource.slice(1) : "Across all";
    return [make("h3", {}, title), make("div", { class: "list" }, ...tables.map((table) => makeEntry(address, table, key)))];
  });
}

function makeEntry(address: Address, table: Table, key: string): HTMLElement {
  const entry = make(
    "details",
    { class: "entry", id: table.name },
    make("summary", {}, make("span", { class: "title" }, table.title), make("code", {}, table.name)),
  );
  entry.addEventListener("toggle", () => {
    if (entry.open && entry.childElementCount === 1) entry.append(makePanel(address, table, key));
  });
  return entry;
}

function makeAllTables(address: Address): HTMLElement {
  return make(
    "section",
    { id: "address" },
    make("h2", {}, "All tables at once"),
    make("p", {}, "Excel: Data, Get Data, From Other Sources, From OData Feed. Power BI: Get data, OData feed. Paste:"),
    makeCopyable(address.odata, "the address"),
    make(
      "div",
      { class: "buttons" },
      makeButton("Power BI file for all", "plain", () => saveFile(makePowerBiFile(address), "nexshift.pbids")),
    ),
  );
}
