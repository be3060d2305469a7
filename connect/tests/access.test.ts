/** Whatever a server answers, the page has a sentence for it. */

import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";

import { askAccess, type Answer } from "../src/access";

type Reply = (request: IncomingMessage, response: ServerResponse) => void;

/** What comes of asking a server that replies so; without a reply there is no server. */
async function ask(reply?: Reply, signal = new AbortController().signal): Promise<Answer> {
  const server = createServer(reply);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  if (!reply) server.close();
  try {
    return await askAccess(base, "nxs_key", signal);
  } finally {
    server.close();
    server.closeAllConnections?.();
  }
}

function replying(status: number, body: string, headers: Record<string, string> = {}): Reply {
  return (_, response) => response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(body);
}

async function failure(reply?: Reply): Promise<string> {
  const answer = await ask(reply);
  return answer.kind === "failed" ? answer.sentence : answer.kind;
}

test("a key is sent as a bearer token, and what it opens comes back", async () => {
  const access = { company: "Acme", tables: [] };
  const answer = await ask((request, response) => {
    const isRight = request.url === "/api/v1/access" && request.headers.authorization === "Bearer nxs_key";
    replying(isRight ? 200 : 500, JSON.stringify(access))(request, response);
  });
  assert.deepEqual(answer, { kind: "granted", access });
});

test("a 401 is a refusal of the key", async () => {
  assert.deepEqual(await ask(replying(401, '{"error":"Invalid or missing API key"}')), { kind: "refused" });
});

test("a 429 says how long to wait", async () => {
  assert.equal(await failure(replying(429, "{}", { "Retry-After": "42" })), "Too many requests. Try again in 42 seconds.");
  assert.equal(await failure(replying(429, "{}", { "Retry-After": "1" })), "Too many requests. Try again in 1 second.");
  assert.equal(await failure(replying(429, "{}")), "Too many requests. Try again in a minute.");
});

test("a server that cannot answer now says why, and when", async () => {
  const unavailable = '{"error":"The database does not answer; try again in a moment"}';
  assert.equal(await failure(replying(503, unavailable)), "The database does not answer; try again in a moment.");
  const busy = replying(503, '{"error":"Too many downloads"}', { "Retry-After": "5" });
  assert.equal(await failure(busy), "Too many downloads. Try again in 5 seconds.");
});

test("a proxy whose server is away says that it passes", async () => {
  for (const status of [502, 503, 504]) {
    assert.equal(await failure(replying(status, "<html>")), "The server is not ready. Try again in a minute. Nothing is lost.");
  }
});

test("an error is repeated where it says something", async () => {
  const said = await failure(replying(500, '{"error":"Internal server error"}'));
  assert.equal(said, "The server answered with an error (500). It says: Internal server error");
  assert.equal(await failure(replying(404, "<html>")), "The server answered with an error (404).");
});

test("what is not Nexshift is not taken for it", async () => {
  for (const body of ["<html>Sign in</html>", "{}", "null", '{"company":"Acme"}']) {
    assert.match(await failure(replying(200, body)), /Something else than Nexshift answered/, body);
  }
});

test("a server that is not there is said to be away", async () => {
  assert.match(await failure(), /The server does not answer/);
});

test("a question that was taken back has no answer", async () => {
  const asking = new AbortController();
  await assert.rejects(ask(() => asking.abort(), asking.signal), { name: "AbortError" });
});
