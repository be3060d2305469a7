/** The files that the page makes hold the query and the address, and nothing of a key. */

import assert from "node:assert/strict";
import { test } from "node:test";
import JSZip from "jszip";

import { makePowerBiFile, makeWorkbook } from "../src/files";
import { writeFeedQuery } from "../src/queries";
import { ADDRESS, TABLE } from "./sample";

test("the one query of the workbook is the feed of the table, refreshed on opening", async () => {
  const book = await JSZip.loadAsync(await (await makeWorkbook(ADDRESS, TABLE)).arrayBuffer());
  const read = (name: string): Promise<string> => book.file(name)!.async("string");
  const item = new TextDecoder("utf-16le").decode(await book.file("customXml/item1.xml")!.async("uint8array"));
  const mashup = Buffer.from(/<DataMashup[^>]*>([^<]*)</.exec(item)![1]!, "base64");
  const parts = await JSZip.loadAsync(mashup.subarray(8, 8 + mashup.readUInt32LE(4)));
  const section = await parts.file("Formulas/Section1.m")!.async("string");
  const [, name, query] = /^section Section1;\s+shared #"([^"]*)" =\s+([^]*);$/.exec(section)!;
  assert.equal(name, TABLE.name);
  assert.equal(query, writeFeedQuery(ADDRESS, TABLE));
  assert.match(await read("xl/connections.xml"), /refreshOnLoad="1"/);
  assert.match(await read("xl/connections.xml"), /Location=&quot;production_runs&quot;/);
  assert.equal((await read("xl/tables/table1.xml")).match(/<tableColumn /g)!.length, TABLE.columns.length);
});

test("Power BI is given the address of one table or of all", async () => {
  const read = async (file: Blob): Promise<unknown> => JSON.parse(await file.text());
  const expected = (url: string): unknown => ({
    version: "0.1",
    connections: [{ details: { protocol: "odata", address: { url } } }],
  });
  assert.deepEqual(await read(makePowerBiFile(ADDRESS)), expected("http://plant.acme.example:8080/oee/odata/v4/"));
  assert.deepEqual(
    await read(makePowerBiFile(ADDRESS, TABLE)),
    expected("http://plant.acme.example:8080/oee/odata/v4/production_runs"),
  );
});
