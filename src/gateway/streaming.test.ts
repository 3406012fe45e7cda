import assert from "node:assert/strict";
import { outcomeView } from "../ledger/index.ts";
import { test } from "node:test";
import { askChat, chatBody, errorOf, post } from "../../test/support/ask.ts";
import { chunkEvent, openRaw, startRawUpstream, streamHead } from "../../test/support/raw-http.ts";
import { keyOf, startTestCell, type TestCell, testPolicy } from "../../test/support/test-cell.ts";

test("a stream ends with late facts and `[DONE]`, after its outcome is on disk", async (t) => {
  const cell = await startTestCell(t);
  const answer = await askChat(cell, { isStream: true });
  assert.equal(answer.headers.get("content-type"), "text/event-stream; charset=utf-8");
  assert.match(
    answer.text,
    /\n\n: bailiwick-ledger test\.example\/\S+#2 outcome=test\.example\/\S+#3 evidence=E3 region=DE tokens=\d+\+\d+\n\ndata: \[DONE\]\n\n$/,
  );
  assert.equal(outcomeOf(cell).result, "complete");
});

test("what the engine counts is recorded when the caller asks for it", async (t) => {
  const cell = await startTestCell(t);
  const body = {
    ...(JSON.parse(chatBody({ isStream: true })) as object),
    stream_options: { include_usage: true },
  };
  const answer = await askChat(cell, { body: JSON.stringify(body) });
  assert.match(answer.text, / tokens=\d+\+\d+\n/);
  assert.ok((outcomeView(outcomeOf(cell)).tokens?.output ?? 0) > 0);
});

test("events pass as they came, whatever members they hold", async (t) => {
  const event =
    'data: {"object":"chat.completion.chunk","choices":[],"big":12345678901234567890,"é":1.0}\n\n';
  const cell = await playing(t, `${event}data: [DONE]\n\n`);
  const answer = await askChat(cell, { model: "solo", isStream: true });
  assert.ok(answer.text.startsWith(event));
});

for (const { title, rest } of [
  { title: "is cut", rest: "" },
  { title: "is cut inside an event", rest: 'data: {"object":"chat.comp' },
  { title: "goes on with garbage", rest: "data: <html>\n\n" },
  { title: "goes on with an error event", rest: 'data: {"error":{"message":"out of memory"}}\n\n' },
]) {
  test(`a stream that ${title} after it has begun ends with a typed error and without \`[DONE]\``, async (t) => {
    const cell = await playing(t, chunkEvent("Hello") + rest);
    const answer = await askChat(cell, { model: "solo", isStream: true });
    assert.equal(answer.status, 200);
    assert.ok(answer.text.startsWith(chunkEvent("Hello")));
    assert.doesNotMatch(answer.text, /\[DONE\]|finish_reason":"stop|out of memory/);
    const last = answer.text.trimEnd().split("\n\n").at(-1) ?? "";
    assert.equal(errorOf({ text: last.slice("data: ".length) }).type, "provider_interrupted");
    const outcome = outcomeOf(cell);
    assert.deepEqual(
      [outcome.result, outcome.error, outcome.status],
      ["interrupted", "provider_interrupted", 200],
    );
    assert.ok(outcome.res !== null, "the part that was given is committed to");
  });
}

for (const { title, events, status } of [
  { title: "at once", events: [remoteChunk()], status: 503 },
  { title: "later", events: [chunkEvent("Hello"), remoteChunk()], status: 200 },
]) {
  test(`a stream whose engine says ${title} that it passed the request on is a violation`, async (t) => {
    const upstream = await startRawUpstream(t, (socket) => {
      socket.end(`${streamHead}${events.join("")}data: [DONE]\n\n`);
    });
    const policy = testPolicy.replace("engine: sim", "engine: openai-compatible");
    const cell = await startTestCell(t, { policy, urls: { "fra-1": upstream.url } });
    const answer = await askChat(cell, { model: "solo", isStream: true });
    assert.equal(answer.status, status);
    assert.doesNotMatch(answer.text, /elsewhere\.example|\[DONE\]/);
    const kinds = cell.entries.map((entry) => entry.t);
    assert.deepEqual(kinds, ["decision", "violation", "quarantine", "outcome"]);
    assert.equal((await askChat(cell, { model: "solo" })).status, 503, "it is out of service");
    assert.equal(upstream.requests.length, 1);
  });
}

test("a stream that stalls is ended after the idle timeout", async (t) => {
  const cell = await startTestCell(t, { limits: { idleTimeoutMs: 300 } });
  for (const endpoint of cell.engineUrls.keys()) await cell.setFault(endpoint, "hang", 2);
  const answer = await askChat(cell, { isStream: true });
  assert.match(answer.text, /provider_interrupted/);
  assert.equal(outcomeOf(cell).result, "interrupted");
});

test("a caller that leaves aborts the upstream call at once", async (t) => {
  const upstream = await startRawUpstream(t, (socket) => socket.write(streamHead + chunkEvent("Hello")));
  const cell = await startTestCell(t, { urls: { "fra-1": upstream.url } });
  const leaving = new AbortController();
  const answer = await post(cell, { model: "solo", isStream: true, signal: leaving.signal });
  await answer.body?.getReader().read();
  leaving.abort();
  await upstream.closed();
  while (cell.entries.length < 2) await new Promise(setImmediate);
  const outcome = outcomeOf(cell);
  assert.deepEqual([outcome.result, outcome.error], ["aborted", null]);
});

test("a caller that leaves before the first chunk aborts the upstream call too", async (t) => {
  const asked = Promise.withResolvers<void>();
  const upstream = await startRawUpstream(t, () => asked.resolve());
  const cell = await startTestCell(t, { urls: { "fra-1": upstream.url } });
  const leaving = new AbortController();
  const answer = post(cell, { model: "solo", signal: leaving.signal });
  await asked.promise;
  leaving.abort();
  await assert.rejects(answer);
  await upstream.closed();
  while (cell.entries.length < 2) await new Promise(setImmediate);
  assert.equal(outcomeOf(cell).result, "aborted");
  assert.match(cell.metrics(), /bailiwick_breaker_state\{cell="eu-frankfurt",endpoint="fra-1"\} 0\n/);
});

test("a caller that never reads is given up on, and the engine's output is not piled up meanwhile", async (t) => {
  const event = chunkEvent("x".repeat(60_000));
  let writtenBytes = 0;
  const upstream = await startRawUpstream(t, (socket) => {
    socket.write(streamHead);
    const more = (): void => {
      while (!socket.destroyed) {
        writtenBytes += event.length;
        if (!socket.write(event)) return;
      }
    };
    socket.on("drain", more);
    more();
  });
  const cell = await startTestCell(t, { urls: { "fra-1": upstream.url }, limits: { idleTimeoutMs: 500 } });
  const client = await openRaw(t, cell.gateway.url);
  client.socket.pause();
  const body = chatBody({ model: "solo", isStream: true });
  client.send(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: c\r\nauthorization: Bearer ${keyOf("demo-bank")}\r\n` +
      `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  await upstream.closed();
  while (cell.entries.length < 2) await new Promise(setImmediate);
  assert.equal(outcomeOf(cell).result, "aborted");
  assert.ok(writtenBytes < 64 * 1024 * 1024, `${writtenBytes} bytes were taken from the engine`);
});

test("the commitment in the ledger is to the bytes that the caller got", async (t) => {
  const cell = await playing(t, `${chunkEvent("Hello")}data: [DONE]\n\n`);
  const first = await askChat(cell, { model: "solo", isStream: true });
  const second = await askChat(cell, { model: "solo", isStream: true });
  assert.equal(first.text.split("\n\n")[0], second.text.split("\n\n")[0]);
  const commitments = cell.entries.flatMap((entry) => (entry.t === "outcome" ? [entry.res] : []));
  assert.equal(commitments.length, 2);
  assert.equal(commitments[0], commitments[1], "same key, same bytes");
});

/** A cell whose `fra-1` streams `events` and ends. */
async function playing(
  t: Parameters<typeof startTestCell>[0],
  events: string | Uint8Array,
): Promise<TestCell> {
  const upstream = await startRawUpstream(t, (socket) => {
    socket.write(streamHead);
    socket.end(events);
  });
  return startTestCell(t, { urls: { "fra-1": upstream.url } });
}

function outcomeOf(cell: TestCell): Extract<TestCell["entries"][number], { t: "outcome" }> {
  const outcome = cell.entries.at(-1);
  assert.ok(outcome?.t === "outcome");
  return outcome;
}

/** What Ollama adds to chunks of a model that another host runs. */
function remoteChunk(): string {
  return chunkEvent("Hi").replace('"object"', '"remote_host":"https://elsewhere.example","object"');
}
