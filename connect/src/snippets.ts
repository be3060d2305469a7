/**
 * How does a program read a table?  Lines for Python and R that work as they are pasted, and ask for the key.
 *
 * The key is asked for inside the last expression, so that no pasted line is taken for it.
 */

import { tablePath, type Address } from "./address";
import type { ColumnType, Table } from "./access";

const LINE_LENGTH = 98;

/** Text stays text: to pandas alone, batch 0042 were the number 42, and a note "NA" would be missing. */
export function writePython(address: Address, table: Table): string {
  const types: Partial<Record<ColumnType, string>> = { text: "string", uuid: "string", integer: "Int64", boolean: "boolean" };
  const typed = table.columns.flatMap(({ name, type }) => (types[type] ? [`        "${name}": "${types[type]}",\n`] : []));
  const moments = namesOf(table, "instant", "date").map((name) => `"${name}"`);
  const dates = moments.length > 0 ? `\n    parse_dates=[${wrap(moments, 8)}],` : "";
  return `import os
from getpass import getpass

import pandas as pd

${table.name} = pd.read_csv(
    "${fileAddress(address, table, "csv")}",
    storage_options={
        "Authorization": "Bearer " + (os.environ.get("NEXSHIFT_KEY") or getpass("Key: "))
    },
    dtype={
${typed.join("")}    },${dates}
    keep_default_na=False,
    na_values=[""],
)`;
}

/** R by itself reads "true" as TRUE, and numbers as numbers. */
export function writeR(address: Address, table: Table): string {
  const texts = namesOf(table, "text", "uuid").map((name) => `${name} = "character"`);
  const classes = texts.length > 0 ? `, colClasses = c(\n    ${wrap(texts, 4)}\n  )` : "";
  const moments = namesOf(table, "instant").map(
    (name) => `  rows$${name} <- as.POSIXct(rows$${name}, format = "%Y-%m-%dT%H:%M:%SZ", tz = "UTC")\n`,
  );
  const days = namesOf(table, "date").map((name) => `  rows$${name} <- as.Date(rows$${name})\n`);
  return `${table.name} <- local({
  key <- Sys.getenv("NEXSHIFT_KEY")
  if (key == "") key <- readline("Key: ")
  file <- url(
    "${fileAddress(address, table, "csv")}",
    headers = c(Authorization = paste("Bearer", key)), encoding = "UTF-8-BOM"
  )
  rows <- read.csv(file, na.strings = ""${classes})
${[...moments, ...days].join("")}  rows
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

/** The parts with commas between them, in lines that are not too long. */
function wrap(parts: readonly string[], indent: number): string {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines[lines.length - 1];
    if (last !== undefined && indent + last.length + part.length + 3 <= LINE_LENGTH) {
      lines[lines.length - 1] = `${last}, ${part}`;
    } else {
      lines.push(part);
    }
  }
  return lines.join(`,\n${" ".repeat(indent)}`);
}
