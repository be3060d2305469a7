/** What is said of a key that was refused, from its form alone. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { canBeSent, explain, isWellFormed, KEY_LENGTH } from "../src/key";

// Made by `nexshift key create`; no server knows it any more.
const KEY = "nxs_8jjdcqj9975xat9j0jxnd5gwhzfg9fxa3e4t054";

function says(pasted: string, part: string, proposal?: string): void {
  const explanation = explain(pasted);
  assert.ok(explanation.sentence.includes(part), `${JSON.stringify(pasted)}: ${explanation.sentence}`);
  assert.equal(explanation.proposal, proposal, pasted);
}

test("a key as it was made is well formed, and one with any letter changed is not", () => {
  assert.equal(KEY.length, KEY_LENGTH);
  assert.ok(isWellFormed(KEY));
  for (let place = 0; place < KEY.length; place++) {
    const other = KEY.charAt(place) === "7" ? "8" : "7";
    assert.ok(!isWellFormed(KEY.slice(0, place) + other + KEY.slice(place + 1)), `place ${place}`);
  }
});

test("quotation marks of every kind are named, and taken away", () => {
  for (const quoted of [`"${KEY}"`, `'${KEY}'`, `“${KEY}”`, `„${KEY}“`, `«${KEY}»`, "`" + KEY + "`", `"${KEY}`, ` "${KEY}" `]) {
    says(quoted, "quotation marks", KEY);
  }
});

test("a scheme in front is named, and taken away", () => {
  says(`Bearer ${KEY}`, "“Bearer” stands in front", KEY);
  says(`bearer   ${KEY}`, "“bearer” stands in front", KEY);
  says(`Authorization: Bearer ${KEY}`, "“Bearer” stands in front", KEY);
  says(`"Bearer ${KEY}"`, "quotation marks", KEY);
});

test("spaces and line breaks inside are named, and taken away", () => {
  says(`${KEY.slice(0, 20)} ${KEY.slice(20)}`, "a space or a line break inside", KEY);
  says(`${KEY.slice(0, 20)}\n${KEY.slice(20)}`, "a space or a line break inside", KEY);
});

test("a key that is hidden or cut is not taken for a whole one", () => {
  says("nxs_8jjd…t054", "hidden behind dots or stars");
  says("nxs_8jjd...t054", "hidden behind dots or stars");
  says("nxs_***************************************", "hidden behind dots or stars");
  says("•".repeat(KEY_LENGTH), "hidden behind dots or stars");
  says(KEY.slice(0, 30), "has 30 characters, and a whole one has 43. Its end is missing.");
  says(`${KEY}abc`, "has 46 characters, and a whole one has 43. Something else was pasted with it.");
});

test("what is no key at all is said to be none", () => {
  says("planner's Excel", "a space or a line break inside");
  says("7", "begins with nxs_");
  says(KEY.toUpperCase(), "capital letters", KEY);
});

test("slips of typing are told from keys that were whole", () => {
  says(`nxs_o${KEY.slice(5)}`, "no key contains");
  says(`nxs_9${KEY.slice(5)}`, "not as it was made");
  says(KEY, "was revoked or replaced, has expired, or belongs to another server");
});

test("only what fits into a header is sent", () => {
  for (const text of [KEY, `Bearer ${KEY}`, `"${KEY}"`, "ü"]) assert.ok(canBeSent(text), text);
  for (const text of ["", "nxs_8jjd…", "•••", "a\nb", "“a”"]) assert.ok(!canBeSent(text), text);
});
