// Either end of a session may stall, leave, break off, or send what is no session.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { connectRealtime, refusedRealtime } from "../support/realtime-client.ts";
import { playedBy, startRealtimeEngine } from "../support/realtime-engine.ts";
import { startTestCell, type TestCell, type TestCellOptions, testPolicy } from "../support/test-cell.ts";

type OnSession = Parameters<typeof startRealtimeEngine>[1];

async function start(
  t: TestContext,
  onSession: OnSession = () => undefined,
  options: TestCellOptions = {},
): Promise<{ cell: TestCell; engine: Awaited<ReturnType<typeof startRealtimeEngine>> }> {
  const engine = await startRealtimeEngine(t, onSession);
  const cell = await startTestCell(t, {
    policy: playedBy(testPolicy),
    ...options,
    urls: { "fra-1": engine.url },
  });
  return { cell, engine };
}

async function outcomeIn(
  cell: TestCell,
): Promise<{ result: string; error: string | null; usage: unknown; failure: unknown }> {
  for (;;) {
    const outcome = cell.entries.findLast((entry) => entry.t === "outcome");
    if (outcome?.t === "outcome" && "error" in outcome) {
      const attempt = outcome.attempts.at(-1);
      const { result, error } = outcome;
      const usage = attempt && "usage" in attempt ? attempt.usage : null;
      return {
        result,
        error: error ?? null,
        usage,
        failure: attempt && "failure" in attempt ? attempt.failure : null,
      };
    }
    await pause(5);
  }
}

/** A caller by the byte, past the handshake. */
async function openRaw(
  t: TestContext,
  { gateway }: TestCell,
): Promise<{ socket: Socket; received: () => Buffer }> {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  t.after(() => socket.destroy());
  socket.on("error", () => undefined);
  let received: Buffer = Buffer.alloc(0);
  socket.on("data", (bytes: Buffer) => (received = Buffer.concat([received, bytes])));
  socket.write(
    "GET /v1/realtime?model=solo HTTP/1.1\r\nhost: cell\r\nauthorization: Bearer sk-demo-bank\r\nconnection: Upgrade\r\n" +
      "upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
  );
  while (!received.includes("\r\n\r\n")) await pause(5);
  assert.match(String(received), /^HTTP\/1\.1 101 /);
  received = Buffer.alloc(0);
  return { socket, received: () => received };
}

for (const { title, bytes, code } of [
  { title: "a frame without a mask", bytes: [0x81, 0x02, 0x7b, 0x7d], code: 1002 },
  { title: "a frame with a reserved bit", bytes: [0xc1, 0x82, 0, 0, 0, 0, 0x7b, 0x7d], code: 1002 },
  { title: "an opcode that there is not", bytes: [0x83, 0x80, 0, 0, 0, 0], code: 1002 },
  { title: "a long ping", bytes: [0x89, 0xfe, 0, 126, 0, 0, 0, 0], code: 1002 },
  { title: "a text that is no UTF-8", bytes: [0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28], code: 1007 },
  {
    title: "a message that is too long",
    bytes: [0x81, 0xff, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0],
    code: 1009,
  },
  { title: "a binary message", bytes: [0x82, 0x82, 0, 0, 0, 0, 0x7b, 0x7d], code: 1003 },
]) {
  test(`${title} ends the session with ${code}, and its engine's end with it`, async (t) => {
    const { cell, engine } = await start(t);
    const { socket, received } = await openRaw(t, cell);
    socket.write(Uint8Array.from(bytes));
    while (received().length < 4) await pause(5);
    const [first, , ...rest] = received();
    assert.equal(first, 0x88);
    assert.equal((rest[0] ?? 0) * 256 + (rest[1] ?? 0), code);
    const outcome = await outcomeIn(cell);
    assert.deepEqual([outcome.result, outcome.error], ["interrupted", "caller_invalid_request"]);
    while (engine.openCount() > 0) await pause(5);
    assert.deepEqual(engine.heard, []);
  });
}

test("frames in pieces, with a ping between them, are one event", async (t) => {
  const { cell, engine } = await start(t);
  const { socket, received } = await openRaw(t, cell);
  const event = '{"type":"response.cancel"}';
  const bytes = Buffer.concat([
    masked(0x01, event.slice(0, 7)),
    masked(0x89, "hi"),
    masked(0x00, event.slice(7, 9)),
    masked(0x80, event.slice(9)),
  ]);
  for (const byte of bytes) {
    socket.write(Uint8Array.of(byte));
    await pause(1);
  }
  while (engine.heard.length === 0) await pause(5);
  assert.deepEqual(engine.heard, [event]);
  assert.deepEqual([...received()], [0x8a, 0x02, ...Buffer.from("hi")]);
});

test("a caller that is gone without a word leaves an outcome that says so, and its engine's end is closed", async (t) => {
  const { cell, engine } = await start(t);
  const client = await connectRealtime(cell, { model: "solo" });
  client.webSocket.terminate();
  const outcome = await outcomeIn(cell);
  assert.deepEqual([outcome.result, outcome.error], ["aborted", null]);
  while (engine.openCount() > 0) await pause(5);
});

test("a caller that answers no ping is told why, and counts as gone", async (t) => {
  const { cell, engine } = await start(t, undefined, { limits: { idleTimeoutMs: 300 } });
  const client = await connectRealtime(cell, { model: "solo", options: { autoPong: false } });
  assert.deepEqual(await client.closed, { code: 1008, reason: "no answer to a ping" });
  assert.equal((await outcomeIn(cell)).result, "aborted");
  while (engine.openCount() > 0) await pause(5);
});

test("who answers pings may say nothing for as long as a session lasts", async (t) => {
  const { cell } = await start(t, undefined, { limits: { idleTimeoutMs: 200 } });
  const client = await connectRealtime(cell, { model: "solo" });
  await pause(1_000);
  assert.equal(client.webSocket.readyState, client.webSocket.OPEN);
  client.webSocket.close();
});

test("an engine that answers no ping has failed, and the caller is told", async (t) => {
  const { cell } = await start(
    t,
    (webSocket) => {
      webSocket.pause();
    },
    { limits: { idleTimeoutMs: 300 } },
  );
  const client = await connectRealtime(cell, { model: "solo" });
  const { error } = (await client.heard("error")) as unknown as { error: { type: string; message: string } };
  assert.match(error.message, /`stalled`/);
  assert.deepEqual(await client.closed, { code: 1011, reason: "provider_interrupted" });
  const outcome = await outcomeIn(cell);
  assert.deepEqual(
    [outcome.result, outcome.error, outcome.failure],
    ["interrupted", "provider_interrupted", "stalled"],
  );
});

for (const { title, says, failure } of [
  { title: "is cut off", says: null, failure: "broken" },
  { title: "says what is no JSON", says: "hello", failure: "garbage" },
  { title: "says what is no event", says: "{}", failure: "garbage" },
  { title: "says bytes", says: Buffer.from("{}"), failure: "garbage" },
]) {
  test(`an engine that ${title} inside a response has used what nobody knows`, async (t) => {
    const { cell } = await start(t, (webSocket, say) => {
      say({ type: "response.created", response: { id: "r" } });
      say({ type: "response.done", response: { usage: { input_tokens: 5, output_tokens: 2 } } });
      say({ type: "response.created", response: { id: "r" } });
      if (says === null) setTimeout(() => webSocket.terminate(), 50);
      else webSocket.send(says);
    });
    const client = await connectRealtime(cell, { model: "solo" });
    await client.heard("error");
    assert.equal((await client.closed).code, 1011);
    const outcome = await outcomeIn(cell);
    assert.deepEqual(
      [outcome.result, outcome.error, outcome.failure, outcome.usage],
      ["interrupted", "provider_interrupted", failure, null],
    );
  });
}

test("what several responses used is their sum, and an engine's close is the caller's", async (t) => {
  const { cell } = await start(t, (webSocket, say) => {
    for (let round = 0; round < 2; round++) {
      say({ type: "response.created", response: { id: "r" } });
      const details = { cached_tokens: 3 };
      const usage = { input_tokens: 5, input_token_details: details, output_tokens: 2 };
      say({ type: "response.done", response: { usage } });
    }
    webSocket.close(1001, "an hour");
  });
  const client = await connectRealtime(cell, { model: "solo" });
  assert.equal((await client.closed).code, 1001);
  const outcome = await outcomeIn(cell);
  assert.equal(outcome.result, "complete");
  assert.deepEqual(outcome.usage, { input: 10, output: 4, cached: 6 });
});

test("an endpoint that refuses the handshake is passed over for the next, and both are on record", async (t) => {
  const cell = await startTestCell(t);
  await cell.setFault("fra-1", "refuse");
  await cell.setFault("fra-3", "down");
  for (let round = 0; round < 4; round++) {
    const client = await connectRealtime(cell);
    assert.equal(client.headers["bailiwick-endpoint"], "fra-2");
    client.webSocket.close();
  }
  await cell.gateway.drain();
  const failures = cell.entries.flatMap((entry) =>
    entry.t === "outcome"
      ? entry.attempts.flatMap((attempt) => ("failure" in attempt ? (attempt.failure ?? []) : []))
      : [],
  );
  assert.ok(
    failures.some((failure) => failure === "status_503" || failure === "unreachable"),
    failures.join(),
  );
});

test("what an engine computes elsewhere reaches nobody, and another one is asked", async (t) => {
  const cell = await startTestCell(t);
  await cell.setFault("fra-1", "wrong-region");
  await cell.setFault("fra-3", "wrong-region");
  const client = await connectRealtime(cell);
  assert.equal(client.headers["bailiwick-endpoint"], "fra-2");
  client.webSocket.close();
});

test("an engine without sessions is told of as one that refuses", async (t) => {
  const cell = await startTestCell(t, {
    policy: testPolicy.replace(
      "solo: { served-by: { fra-1: assistant } }",
      "solo: { served-by: { fra-1: other } }",
    ),
  });
  const refused = await refusedRealtime(cell, { model: "solo" });
  assert.equal(refused.status, 502);
});

test("a message for which there is no memory ends its session, and what it held is given back", async (t) => {
  const { cell } = await start(t, undefined, { capacity: { bytesInFlight: 200 * 1024 } });
  const client = await connectRealtime(cell, { model: "solo" });
  client.say(JSON.stringify({ type: "input_audio_buffer.append", audio: "A".repeat(900 * 1024) }));
  assert.equal((await client.closed).code, 1013);
  const outcome = await outcomeIn(cell);
  assert.deepEqual([outcome.result, outcome.error], ["interrupted", "gateway_overloaded"]);
  const held = /bailiwick_bytes_in_flight\{[^}]*\} (\d+)/;
  while (held.exec(cell.metrics())?.[1] !== "0") await pause(5);
});

test("sessions have half of an endpoint's connections at most, and who comes then is told to come again", async (t) => {
  const upstreamConnections = 3 * 9;
  const { cell, engine } = await start(t, undefined, { capacity: { upstreamConnections } });
  const clients = [];
  for (let at = 0; at < 4; at++) clients.push(await connectRealtime(cell, { model: "solo" }));
  const refused = await refusedRealtime(cell, { model: "solo" });
  assert.deepEqual([refused.status, refused.error.type], [429, "provider_saturated"]);
  assert.equal(engine.asked.length, 4);
  clients[0]?.webSocket.close();
  while (engine.openCount() === 4) await pause(5);
  await pause(50);
  const another = await connectRealtime(cell, { model: "solo" });
  for (const { webSocket } of [...clients, another]) webSocket.close();
});

for (const { title, isCallerSlow } of [
  { title: "a caller that takes nothing for a while", isCallerSlow: true },
  { title: "an engine that takes nothing for a while", isCallerSlow: false },
]) {
  test(`${title} holds the other end back, and gets everything in order when it goes on`, async (t) => {
    const engines: Parameters<OnSession>[0][] = [];
    const { cell, engine } = await start(t, (webSocket) => void engines.push(webSocket));
    const client = await connectRealtime(cell, { model: "solo" });
    const [engineEnd] = engines;
    assert.ok(engineEnd);
    const [fast, slow] = isCallerSlow ? [engineEnd, client.webSocket] : [client.webSocket, engineEnd];
    slow.pause();
    const count = 600;
    for (let at = 0; at < count; at++) fast.send(eventOf(at));
    await pause(500);
    // Most of it is still where it was sent from: what is under way fills the kernel's buffers, and little more.
    assert.ok(fast.bufferedAmount > (count * 64 * 1024) / 4, String(fast.bufferedAmount));
    slow.resume();
    const heard = isCallerSlow ? client.texts : engine.heard;
    while (heard.length < count) await pause(5);
    assert.ok(heard.every((text, at) => text === eventOf(at)));
    client.webSocket.close();
    await once(client.webSocket, "close");
  });
}

function masked(head: number, text: string): Buffer {
  return Buffer.concat([Buffer.from([head, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
}

function eventOf(at: number): string {
  const audio = "A".repeat(64 * 1024);
  return JSON.stringify({ type: "input_audio_buffer.append", event_id: String(at), audio });
}

test("pings fill no memory, and leave others theirs", async (t) => {
  const engine = await startRealtimeEngine(t, () => undefined);
  const cell = await startTestCell(t, { policy: playedBy(testPolicy), urls: { "fra-1": engine.url } });
  const client = await connectRealtime(cell, { model: "solo" });
  for (let round = 0; round < 40; round++) {
    for (let count = 0; count < 50; count++) client.webSocket.ping("A".repeat(120));
    await pause(2);
  }
  client.say({ type: "input_audio_buffer.clear" });
  while (engine.heard.length === 0) await pause(5);
  for (let count = 0; count < 2_000; count++) client.webSocket.ping("A".repeat(120));
  await pause(200);
  assert.match(cell.metrics(), /bailiwick_bytes_in_flight\{[^}]*\} 0\n/);
  client.webSocket.terminate();
});
