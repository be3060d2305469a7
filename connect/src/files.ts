/**
 * Which files does the page make itself?  A workbook that fetches a table, and what Power BI opens; no key is in them.
 */

import { workbookManager } from "@microsoft/connected-workbooks";

import type { Address } from "./address";
import type { Table } from "./access";
import { writeFeedQuery } from "./queries";

/** Opened in Excel it fetches the rows, and again at every opening; until then it holds the headings alone. */
export function makeWorkbook(address: Address, table: Table): Promise<Blob> {
  const query = { queryMashup: writeFeedQuery(address, table), queryName: table.name, refreshOnOpen: true };
  const headings = { data: [table.columns.map((column) => column.name)], config: { promoteHeaders: true } };
  const description = `${table.title} from ${address.base}. Sign in with Basic: any user name, the key as password.`;
  return workbookManager.generateSingleQueryWorkbook(query, headings, {
    docProps: { title: table.title, createdBy: "Nexshift", description },
  });
}

/** Power BI Desktop opens its "Get data" with this address; without a table, its navigator shows all of them. */
export function makePowerBiFile(address: Address, table?: Table): Blob {
  const url = address.odata + (table?.name ?? "");
  const file = { version: "0.1", connections: [{ details: { protocol: "odata", address: { url } } }] };
  return new Blob([JSON.stringify(file, null, 2)], { type: "application/json" });
}
