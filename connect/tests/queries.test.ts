/** The M that the page writes is M, to Microsoft's own parser, and says what it must. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { DefaultSettings, TaskUtils } from "@microsoft/powerquery-parser";

import type { Address } from "../src/address";
import type { Table } from "../src/access";
import { writeCsvQuery, writeFeedQuery } from "../src/queries";
import { ADDRESS, NARROW, TABLE } from "./sample";

const WRITERS: readonly ((address: Address, table: Table) => string)[] = [writeFeedQuery, writeCsvQuery];

async function isM(text: string): Promise<boolean> {
  return TaskUtils.isParseStageOk(await TaskUtils.tryLexParse(DefaultSettings, text));
}

test("the parser tells M from what is none", async () => {
  assert.ok(await isM("let a = 1 in a"));
  assert.ok(!(await isM("let a = 1 in")));
});

test("every query is M, for every kind of column", async () => {
  for (const write of WRITERS) {
    for (const table of [TABLE, NARROW]) assert.ok(await isM(write(ADDRESS, table)), write(ADDRESS, table));
  }
});

test("an odd address stays inside its quotation marks", async () => {
  const odd: Address = { ...ADDRESS, base: 'http://a"b#(lf)', odata: 'http://a"b#(lf)/odata/v4/' };
  for (const write of WRITERS) {
    assert.ok(await isM(write(odd, TABLE)));
    assert.ok(write(odd, TABLE).includes('"http://a""b#(#)(lf)'));
  }
});

test("the feed is read from its root, so that one sign-in is good for every table", () => {
  assert.equal(
    writeFeedQuery(ADDRESS, TABLE),
    `let
    Source = OData.Feed(
        "http://plant.acme.example:8080/oee/odata/v4/", null, [Implementation = "2.0"]
    ),
    Rows = Source{[Name = "production_runs", Signature = "table"]}[Data]
in
    Rows`,
  );
});

test("the file is asked for with a literal base address, and every column has its type", () => {
  const query = writeCsvQuery(ADDRESS, TABLE);
  assert.match(query, /Web\.Contents\("http:\/\/plant\.acme\.example:8080\/oee", \[\s+RelativePath = "api\/v1\/production\/runs",\s+Query = \[format = "csv"\]/);
  for (const [name, type] of [
    ["text", "type text"],
    ["uuid", "type text"],
    ["instant", "type datetimezone"],
    ["date", "type date"],
    ["integer", "Int64.Type"],
    ["number", "type number"],
    ["boolean", "type logical"],
  ]) {
    assert.ok(query.includes(`{"a_${name}", ${type}}`), name);
  }
});
