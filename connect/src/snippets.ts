/**
 * How does a program read a table?  Lines for Python and R that work as they are pasted, and ask for the key.
 *
 * The key is asked for inside the one expression, so that no pasted line is taken for it.
 */

import { tablePath, type Address } from "./address";
import type { ColumnType, Table } from "./access";

/** Text stays text: to pandas alone, batch 0042 were the number 42, and a note "NA" would be missing. */
export function writePython(address: Address, table: Table): string {
  const types: Record<string, string> = { text: '"string"', uuid: '"string"', integer: '"Int64"', boolean: '"boolean"' };
  const typed = table.columns.flatMap(({ name, type }) => (types[type] ? [`        "${name}": ${types[type]},`] : []));
  const moments = namesOf(table, "instant", "date").map((name) => `"${name}"`);
  return `import os
from getpass import getpass

import pandas as pd

${table.name} = pd.read_csv(
    "${fileAddress(address, table, "csv")}",
    storage_options={"Authorization": "Bearer " + (os.environ.get("NEXSHIFT_KEY") or getpass("Key: "))},
    dtype={
${typed.join("\n")}
    },
    parse_dates=[${moments.join(", ")}],
    keep_default_na=False,
    na_values=[""],
)`;
}

export function writeR(address: Address, table: Table): string {
  const moments = namesOf(table, "instant").map((name) => asTime(name, "as.POSIXct", ', format = "%Y-%m-%dT%H:%M:%SZ", tz = "UTC"'));
  const days = namesOf(table, "date").map((name) => asTime(name, "as.Date", ""));
  const flags = namesOf(table, "boolean").map((name) => asTime(name, "as.logical", ""));
  const texts = namesOf(table, "text", "uuid").map((name) => `${name} = "character"`);
  return `${table.name} <- local({
  key <- Sys.getenv("NEXSHIFT_KEY")
  if (key == "") key <- readline("Key: ")
  file <- url(
    "${fileAddress(address, table, "csv")}",
    headers = c(Authorization = paste("Bearer", key)), encoding = "UTF-8-BOM"
  )
  rows <- read.csv(file, na.strings = "", colClasses = c(
    ${wrap(texts, 4)}
  ))
${[...moments, ...days, ...flags].join("\n")}
  rows
})`;
}

export function writeCurl(address: Address, table: Table): string {
  return `curl --fail --compressed --user key --output ${table.name}.csv \\
  "${fileAddress(address, table, "csv")}"`;
}

export function fileAddress(address: Address, table: Table, format: "csv" | "xlsx"): string {
  return `${address.base}/${tablePath(table.path)}?format=${format}`;
}

function namesOf(table: Table, ...types: ColumnType[]): string[] {
  return table.columns.filter((column) => types.includes(column.type)).map((column) => column.name);
}

function asTime(name: string, reader: string, more: string): string {
  return `  rows$${name} <- ${reader}(rows$${name}${more})`;
}

function wrap(parts: readonly string[], indent: number): string {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines[lines.length - 1];
    if (last !== undefined && indent + last.length + part.length < 98) lines[lines.length - 1] = `${last}, ${part}`;
    else lines.push(part);
  }
  return lines.join(`,\n${" ".repeat(indent)}`);
}
