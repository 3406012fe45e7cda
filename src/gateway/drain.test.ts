import assert from "node:assert/strict";
import { test } from "node:test";
import { askChat, chatBody, errorOf, post } from "../../test/support/ask.ts";
import { eventually } from "../../test/support/demo.ts";
import { chunkEvent, openRaw, startRawUpstream, streamHead } from "../../test/support/raw-http.ts";
import { keyOf, startTestCell } from "../../test/support/test-cell.ts";

test("a drain takes no new connection, finishes what runs, and tells so at `/readyz`", async (t) => {
  const finish = Promise.withResolvers<void>();
  const upstream = await startRawUpstream(t, (socket) => {
    socket.write(streamHead + chunkEvent("Hello"));
    void finish.promise.then(() => socket.end("data: [DONE]\n\n"));
  });
  const cell = await startTestCell(t, { urls: { "fra-1": upstream.url } });
  const answer = await post(cell, { model: "solo", isStream: true });
  const drained = cell.gateway.drain();
  assert.equal((await fetch(`${cell.gateway.adminUrl}/readyz`)).status, 503);
  await assert.rejects(fetch(`${cell.gateway.url}/livez`));
  finish.resolve();
  assert.match(await answer.text(), /data: \[DONE\]\n\n$/);
  await drained;
  await cell.gateway.closed;
  await assert.rejects(fetch(`${cell.gateway.adminUrl}/livez`));
});

test("a request on a connection that was kept alive is told to go elsewhere", async (t) => {
  const upstream = await startRawUpstream(t, (socket) => socket.write(streamHead + chunkEvent("Hello")));
  const cell = await startTestCell(t, { urls: { "fra-1": upstream.url }, limits: { drainTimeoutMs: 300 } });
  const client = await openRaw(t, cell.gateway.url);
  const body = chatBody({ model: "solo", isStream: true });
  const request =
    `POST /v1/chat/completions HTTP/1.1\r\nhost: c\r\nauthorization: Bearer ${keyOf("demo-bank")}\r\n` +
    `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  client.send(request);
  await client.heard("Hello");
  const drained = cell.gateway.drain();
  client.send(request);
  const { text } = await client.ended();
  assert.match(text, /Hello[^]*gateway_draining/);
  await drained;
});

test("what does not end in time is ended with a typed error and recorded", async (t) => {
  const upstream = await startRawUpstream(t, (socket) => socket.write(streamHead + chunkEvent("Hello")));
  const cell = await startTestCell(t, { urls: { "fra-1": upstream.url }, limits: { drainTimeoutMs: 100 } });
  const answer = await post(cell, { model: "solo", isStream: true });
  const drained = cell.gateway.drain();
  const events = (await answer.text()).trimEnd().split("\n\n");
  assert.equal(errorOf({ text: (events.at(-1) ?? "").slice("data: ".length) }).type, "gateway_draining");
  await drained;
  const outcome = cell.entries.at(-1);
  assert.ok(outcome?.t === "outcome");
  assert.deepEqual([outcome.result, outcome.error], ["interrupted", "gateway_draining"]);
  await upstream.closed();
});

test("a log that cannot write refuses before anything is sent", async (t) => {
  const cell = await startTestCell(t);
  await cell.ledger.close();
  const answer = await askChat(cell);
  assert.deepEqual([answer.status, errorOf(answer).type], [503, "gateway_ledger_unavailable"]);
  assert.ok(Number(answer.headers.get("retry-after")) >= 1);
  for (const endpoint of cell.engineUrls.keys()) assert.equal(await cell.requestsAt(endpoint), 0);
  assert.equal((await fetch(`${cell.gateway.url}/readyz`)).status, 503);
  assert.equal((await fetch(`${cell.gateway.url}/livez`)).status, 200);
  const once = /bailiwick_alarms_total\{cell="eu-frankfurt",kind="ledger_poisoned"\} 1\n/;
  await eventually(() => once.test(cell.metrics()));
  await askChat(cell);
  assert.match(cell.metrics(), once);
});

for (const isStream of [false, true]) {
  test(`an answer whose outcome cannot be recorded is not given as complete (${isStream ? "streamed" : "whole"})`, async (t) => {
    const asked = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    const upstream = await startRawUpstream(t, (socket) => {
      if (isStream) socket.write(streamHead + chunkEvent("Hello"));
      asked.resolve();
      void closed.promise.then(() => socket.end(isStream ? "data: [DONE]\n\n" : wholeOk));
    });
    const cell = await startTestCell(t, { urls: { "fra-1": upstream.url } });
    const answering = post(cell, { model: "solo", isStream });
    await asked.promise;
    if (isStream) await answering;
    while (cell.entries.length < 1) await new Promise(setImmediate);
    await cell.ledger.close();
    closed.resolve();
    const answer = await answering;
    assert.equal(answer.status, isStream ? 200 : 503);
    const text = await answer.text();
    assert.match(text, /gateway_ledger_unavailable/);
    assert.doesNotMatch(text, /\[DONE\]|"choices":\[\]/);
  });
}

const wholeBody = '{"object":"chat.completion","choices":[]}';
const wholeOk =
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-sim-place: DE\r\n` +
  `content-length: ${wholeBody.length}\r\n\r\n${wholeBody}`;
