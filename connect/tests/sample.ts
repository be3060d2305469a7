/** A table with a column of each kind, and an address with a prefix. */

import type { ColumnType, Table } from "../src/access";
import { readAddress, type Address } from "../src/address";

export const ADDRESS: Address = readAddress(new URL("http://plant.acme.example:8080/oee/connect"));

const TYPES: readonly ColumnType[] = ["text", "uuid", "instant", "date", "integer", "number", "boolean"];

export const TABLE: Table = {
  name: "production_runs",
  path: "/production/runs",
  resource: "production",
  title: "Production runs",
  description: "A completed production run.",
  columns: TYPES.map((type) => ({ name: `a_${type}`, type, nullable: true, description: "" })),
};

/** As narrow as a table can be. */
export const NARROW: Table = { ...TABLE, columns: TABLE.columns.slice(4, 5) };
