// How an endpoint is called where it is more than a base URL and a key.
import assert from "node:assert/strict";
import { test } from "node:test";
import { textOf } from "../../../test/contract/engine-contract.ts";
import { engineAddress } from "../../../test/support/engine-address.ts";
import { listen, okAnswer } from "../../../test/support/raw-upstream.ts";
import { openAiCompatible } from "../openai-compatible/engine.ts";
import { openHttpConnection } from "./connection.ts";
import { asking } from "../../../test/support/asking.ts";
import { upstreamCall } from "../../../test/support/upstream-call.ts";

test("an endpoint's own path, query and headers are those of each call, and of each probe but for the path", async (t) => {
  const heads: string[] = [];
  const upstream = await listen(t, (socket, head) => {
    heads.push(head.toLowerCase());
    socket.end(okAnswer("{}").replace("\r\n", "\r\nconnection: close\r\n"));
  });
  const engine = openAiCompatible.open(
    engineAddress(`${upstream.url}/openai`, {
      path: "/deployments/gpt/chat/completions",
      healthPath: "/ready",
      headers: { "api-key": "secret-1" },
      query: { "api-version": "2024-10-21" },
    }),
    8,
  );
  const connection = asking(engine);
  t.after(() => connection.close());
  await textOf((await connection.call(call)).body);
  assert.equal(await connection.probe(new AbortController().signal), true);
  const [asked = "", probed = ""] = heads;
  assert.match(asked, /^post \/openai\/deployments\/gpt\/chat\/completions\?api-version=2024-10-21 http/);
  assert.match(asked, /\r\napi-key: secret-1\r\n/);
  assert.match(probed, /^get \/openai\/ready\?api-version=2024-10-21 http/);
  assert.match(probed, /\r\napi-key: secret-1\r\n/);
});

test("the probe of an unknown server lists its models, and asks for its health only where it has no list", async (t) => {
  for (const { status, paths } of [
    { status: 200, paths: ["/v1/models"] },
    { status: 404, paths: ["/v1/models", "/health"] },
  ]) {
    const asked: string[] = [];
    const upstream = await listen(t, (socket, head) => {
      asked.push(head.split(" ")[1] ?? "");
      socket.end(`HTTP/1.1 ${status} X\r\ncontent-length: 0\r\n\r\n`);
    });
    const connection = asking(openAiCompatible.open(engineAddress(upstream.url), 8));
    t.after(() => connection.close());
    await connection.probe(new AbortController().signal);
    assert.deepEqual(asked, paths);
  }
});

test("a server that refuses its probes is not silent, and one that nobody listens at is", async (t) => {
  const upstream = await listen(t, (socket) => socket.end("HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n"));
  const connection = asking(openAiCompatible.open(engineAddress(upstream.url), 8));
  t.after(() => connection.close());
  assert.equal(await connection.isSilent(new AbortController().signal), false);
  await upstream.close();
  assert.equal(await connection.isSilent(new AbortController().signal), true);
});

test("a call is signed once, when it is written", async (t) => {
  const upstream = await listen(t, (socket) => socket.end(okAnswer("{}")));
  let signatures = 0;
  const engine = openHttpConnection(
    engineAddress(upstream.url),
    { chat_completions: { path: "/v1/chat/completions" } },
    { maxConnections: 2, sign: () => ({ authorization: `signature ${++signatures}` }) },
  );
  const connection = asking(engine);
  t.after(() => connection.close());
  await textOf((await connection.call(call)).body);
  assert.match(upstream.received(), /\r\nauthorization: signature 1\r\n/);
  assert.equal(signatures, 1);
});

const call = upstreamCall();
