/** The address that files carry is the one in the browser's bar. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { readAddress } from "../src/address";

const read = (url: string): ReturnType<typeof readAddress> => readAddress(new URL(url));

test("the address keeps its port and the prefix of a proxy", () => {
  assert.equal(read("http://plant:8080/connect").base, "http://plant:8080");
  assert.equal(read("https://acme.example/nexshift/connect").base, "https://acme.example/nexshift");
  assert.equal(read("https://acme.example/connect/connect").odata, "https://acme.example/connect/odata/v4/");
  assert.equal(read("http://[2001:db8::1]:8080/connect?x=1#y").odata, "http://[2001:db8::1]:8080/odata/v4/");
});

test("an address that only this computer understands is known as one", () => {
  for (const host of ["localhost", "127.0.0.1", "127.1.2.3", "[::1]", "plant.localhost", "LOCALHOST"]) {
    assert.ok(read(`http://${host}:8080/connect`).isLocal, host);
  }
  for (const host of ["plant", "10.0.0.1", "localhost.acme.example", "127.0.0.1.acme.example", "[2001:db8::1]"]) {
    assert.ok(!read(`http://${host}:8080/connect`).isLocal, host);
  }
});

test("encryption is seen", () => {
  assert.ok(read("https://plant/connect").isEncrypted);
  assert.ok(!read("http://plant/connect").isEncrypted);
});
