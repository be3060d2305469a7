/** Lines for programs name the address and every column that would be misread, and ask for the key last. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { writeCurl, writePython, writeR } from "../src/snippets";
import { ADDRESS, NARROW, TABLE } from "./sample";

const FILE = '"http://plant.acme.example:8080/oee/api/v1/production/runs?format=csv"';

test("each asks for the whole table as CSV", () => {
  for (const write of [writePython, writeR, writeCurl]) assert.ok(write(ADDRESS, TABLE).includes(FILE));
});

test("pandas is told what is text and what is a moment", () => {
  const lines = writePython(ADDRESS, TABLE);
  assert.ok(lines.includes('"a_text": "string",\n        "a_uuid": "string",\n        "a_integer": "Int64",'));
  assert.ok(lines.includes('parse_dates=["a_instant", "a_date"]'));
});

test("R is told the same", () => {
  const lines = writeR(ADDRESS, TABLE);
  assert.ok(lines.includes('a_text = "character", a_uuid = "character"'));
  assert.ok(lines.includes("rows$a_instant <- as.POSIXct(rows$a_instant,"));
  assert.ok(lines.includes("rows$a_date <- as.Date(rows$a_date)"));
});

test("a table without text or moments gives no empty lists", () => {
  assert.ok(!writeR(ADDRESS, NARROW).includes("c(\n"));
  assert.ok(!writePython(ADDRESS, NARROW).includes("parse_dates"));
});

test("whatever is asked for is asked inside the last expression, so that no pasted line is taken for it", () => {
  assert.match(writePython(ADDRESS, TABLE), /^production_runs = pd\.read_csv\([^]*getpass\("Key: "\)[^]*\n\)$/m);
  assert.match(writeR(ADDRESS, TABLE), /^production_runs <- local\(\{[^]*readline\("Key: "\)[^]*\n\}\)$/);
});
