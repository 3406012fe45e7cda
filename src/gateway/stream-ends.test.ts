// How streams of real servers begin, pause and end.
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { askChat, chatBody, post } from "../../test/support/ask.ts";
import {
  chunkEvent,
  openRaw,
  startRawUpstream,
  streamHead,
  wholeAnswer,
} from "../../test/support/raw-http.ts";
import { keyOf, startTestCell, type TestCell } from "../../test/support/test-cell.ts";
import { outcomeView } from "../ledger/index.ts";

const ask = { model: "solo", isStream: true };
const usage = { prompt_tokens: 3, completion_tokens: 2 };

test("an answer is complete at its [DONE], though the connection stays open", async (t) => {
  const cell = await playing(
    t,
    (socket) => void socket.write(`${streamHead}${chunkEvent("Hi")}data: [DONE]\n\n`),
  );
  const answer = await askChat(cell, ask);
  assert.match(answer.text, /data: \[DONE\]\n\n$/);
  assertComplete(cell);
});

test("after an error in a stream its connection serves the caller's next request", async (t) => {
  const cell = await playing(t, (socket) => void socket.end(`${streamHead}${chunkEvent("Hi")}`));
  const client = await openRaw(t, cell.gateway.url);
  const body = chatBody(ask);
  const head = `host: cell\r\nauthorization: Bearer ${keyOf("demo-bank")}\r\n`;
  const length = `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
  client.send(`POST /v1/chat/completions HTTP/1.1\r\n${head}${length}\r\n${body}`);
  assert.match(await client.heard("\r\n0\r\n\r\n"), /provider_interrupted/);
  await pause(100);
  client.send(`GET /v1/models HTTP/1.1\r\n${head}connection: close\r\n\r\n`);
  assert.equal((await client.ended()).text.match(/HTTP\/1\.1 200/g)?.length, 2);
});

test("a last [DONE] without its blank line closes the answer", async (t) => {
  const cell = await playing(t, (socket) => void socket.end(`${streamHead}${chunkEvent("Hi")}data: [DONE]`));
  assert.match((await askChat(cell, ask)).text, /data: \[DONE\]\n\n$/);
  assertComplete(cell);
});

test("a hundred comments, and a first event that comes byte by byte, are signs of life and no garbage", async (t) => {
  const cell = await playing(t, async (socket) => {
    socket.write(streamHead);
    for (let turn = 0; turn < 100; turn++) {
      socket.write(": processing\n\n");
      await pause(1);
    }
    for (const byte of chunkEvent("Hi")) {
      socket.write(byte);
      await pause(1);
    }
    socket.end("data: [DONE]\n\n");
  });
  const answer = await askChat(cell, ask);
  assert.equal(answer.status, 200, answer.text);
  assert.ok(answer.text.startsWith(chunkEvent("Hi")));
});

test("what is no chunk passes as it came, and its counts are counted in record, metrics and late facts", async (t) => {
  const events = [
    JSON.stringify({ choices: [{ index: 0, delta: { content: "Hi" } }] }),
    '{"choices":[],"cost":"0.1"}',
    '{"type":"ping"}',
    JSON.stringify({ choices: null, usage }),
  ].map((data) => `data: ${data}\n\n`);
  const cell = await playing(
    t,
    (socket) => void socket.end(`${streamHead}${events.join("")}data: [DONE]\n\n`),
  );
  const answer = await askChat(cell, ask);
  assert.ok(answer.text.startsWith(events.join("")), answer.text);
  assert.match(answer.text, / tokens=3\+2\n/);
  assertComplete(cell);
  const outcome = cell.entries.at(-1);
  assert.ok(outcome?.t === "outcome");
  assert.deepEqual(outcomeView(outcome).tokens, { input: 3, output: 2, cached: 0 });
  assert.match(cell.metrics(), /gen_ai_client_token_usage_sum\{[^}]*gen_ai_token_type="output"\} 2\n/);
});

test("an engine that refuses to be asked for its counts is asked without, and after that at once", async (t) => {
  const asked: boolean[] = [];
  const refusal = '{"error":{"message":"Unrecognized request argument supplied: stream_options"}}';
  const upstream = await startRawUpstream(t, (socket, request) => {
    asked.push(request.includes("include_usage"));
    socket.end(
      asked.at(-1)
        ? wholeAnswer(400, refusal, "connection: close\r\n")
        : `${streamHead}${chunkEvent("Hi")}data: [DONE]\n\n`,
    );
  });
  const cell = await startTestCell(t, { urls: { "fra-1": upstream.url } });
  for (const posts of [2, 3]) {
    const answer = await askChat(cell, ask);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(asked.length, posts);
    assertComplete(cell);
  }
  const body = chatBody(ask).replace('"messages"', '"stream_options":{"include_usage":true},"messages"');
  assert.equal((await askChat(cell, { body })).status, 400, "who asks for counts itself hears the refusal");
});

test("a stream that its caller leaves is `aborted` in the ledger, in the metrics and in the log", async (t) => {
  const cell = await playing(t, (socket) => void socket.write(streamHead + chunkEvent("Hi")));
  const leaving = new AbortController();
  const answer = await post(cell, { ...ask, signal: leaving.signal });
  await answer.body?.getReader().read();
  leaving.abort();
  while (!cell.logLines.join("").includes("request_finished")) await pause(10);
  const outcome = cell.entries.at(-1);
  assert.equal(outcome?.t === "outcome" && outcome.result, "aborted");
  assert.match(cell.logLines.join(""), /"request_finished".*"result":"aborted"/);
  assert.match(cell.metrics(), /bailiwick_requests_total\{[^}]*outcome="aborted"[^}]*\} 1\n/);
});

test("an event as large as the configuration allows passes, and a larger one is none", async (t) => {
  const event = chunkEvent("x".repeat(300_000));
  const play = (socket: Socket): void => void socket.end(`${streamHead}${event}data: [DONE]\n\n`);
  const wide = await playing(t, play);
  assert.equal((await askChat(wide, ask)).status, 200);
  const narrow = await playing(t, play, 200_000);
  assert.equal((await askChat(narrow, ask)).status, 502);
});

async function playing(
  t: TestContext,
  play: (socket: Socket) => void | Promise<void>,
  maxEventBytes = 1024 * 1024,
): Promise<TestCell> {
  const upstream = await startRawUpstream(t, (socket) => void play(socket));
  return startTestCell(t, { urls: { "fra-1": upstream.url }, limits: { maxEventBytes } });
}

function assertComplete(cell: TestCell): void {
  const outcome = cell.entries.at(-1);
  assert.equal(outcome?.t === "outcome" && outcome.result, "complete");
}
