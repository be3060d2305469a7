/**
 * What is pasted into Power Query's advanced editor to read a table?  The key is in none of it.
 */

import { tablePath, type Address } from "./address";
import type { Column, Table } from "./access";

/** From the feed's root, as Excel's own navigator writes it: one sign-in is then good for every table. */
export function writeFeedQuery(address: Address, table: Table): string {
  return `let
    Source = OData.Feed(
        ${text(address.odata)}, null, [Implementation = "2.0"]
    ),
    Rows = Source{[Name = ${text(table.name)}, Signature = "table"]}[Data]
in
    Rows`;
}

/** The whole table in one answer.  The base address is a literal of its own, or it could not be refreshed on a schedule. */
export function writeCsvQuery(address: Address, table: Table): string {
  const types = table.columns.map((column) => `{${text(column.name)}, ${mType(column)}}`);
  return `let
    File = Web.Contents(${text(address.base)}, [
        RelativePath = ${text(tablePath(table.path))},
        Query = [format = "csv"],
        Timeout = #duration(0, 0, 30, 0)
    ]),
    Source = Csv.Document(File, [Delimiter = ",", Encoding = 65001, QuoteStyle = QuoteStyle.Csv]),
    Named = Table.PromoteHeaders(Source, [PromoteAllScalars = true]),
    Emptied = Table.ReplaceValue(Named, "", null, Replacer.ReplaceValue, Table.ColumnNames(Named)),
    Typed = Table.TransformColumnTypes(Emptied, {
        ${types.join(",\n        ")}
    }, "en-US")
in
    Typed`;
}

function mType(column: Column): string {
  switch (column.type) {
    case "instant":
      return "type datetimezone";
    case "date":
      return "type date";
    case "integer":
      return "Int64.Type";
    case "number":
      return "type number";
    case "boolean":
      return "type logical";
    default:
      return "type text";
  }
}

function text(value: string): string {
  return `"${value.replace(/#\(/g, "#(#)(").replace(/"/g, '""')}"`;
}
