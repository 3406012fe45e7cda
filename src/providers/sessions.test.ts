// The engine's end of a session: what a permit covers, and what is no answer to a handshake.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { engineAddress } from "../../test/support/engine-address.ts";
import { startRealtimeEngine } from "../../test/support/realtime-engine.ts";
import { listenRaw } from "../../test/support/raw-upstream.ts";
import { permitFor } from "../../test/support/test-permit.ts";
import { serviceAccountFile } from "../../test/support/token-endpoint.ts";
import type { Permit } from "../law/index.ts";
import {
  NotPermittedError,
  openUpstreams,
  type SessionAnswer,
  UpstreamError,
  type Upstreams,
} from "./index.ts";

type SessionCall = Parameters<Upstreams["connect"]>[2];

const startMs = Date.UTC(2026, 10, 20);
let nowMs = startMs;

function open(t: TestContext, url: string, maxConnections = 8): Upstreams {
  nowMs = startMs;
  const upstreams = openUpstreams([engineAddress(url, { serves: ["realtime"] })], {
    nowMs: () => nowMs,
    maxConnections,
  });
  t.after(() => upstreams.close());
  return upstreams;
}

const { id } = engineAddress("http://127.0.0.1:1");

function connect(
  upstreams: Upstreams,
  { permit = permitFor([id]), ...call }: Partial<SessionCall> & { readonly permit?: Permit } = {},
): Promise<SessionAnswer> {
  return upstreams.connect(permit, id, {
    operation: "realtime",
    model: "gpt-realtime",
    requestId: "r",
    headersTimeoutMs: 2_000,
    maxEventBytes: 65_536,
    stallMs: 5_000,
    memory: { take: () => true, giveBack: () => undefined },
    signal: new AbortController().signal,
    mayGo: () => true,
    onFirstByte: () => undefined,
    ...call,
  });
}

for (const { title, permit } of [
  { title: "without a permit", permit: undefined as unknown as Permit },
  { title: "with a permit that has expired", permit: permitFor([id], startMs) },
  { title: "with a permit for nobody", permit: permitFor([id]).narrow(() => false) },
]) {
  test(`${title} no session is opened, and no connection is made`, async (t) => {
    const upstream = await listenRaw(t, () => undefined);
    const upstreams = open(t, upstream.url);
    await assert.rejects(upstreams.connect(permit, id, {} as SessionCall), NotPermittedError);
    assert.equal(upstream.connections(), 0);
  });
}

for (const { engine, apiKey, region, path = "" } of [
  { engine: "vertex", apiKey: serviceAccountFile(), region: "europe-west3", path: "/v1/projects/acme" },
  { engine: "azure-openai", apiKey: '{"tenantId":"a","clientId":"b","clientSecret":"c"}', region: null },
  { engine: "bedrock", apiKey: "AKIAEXAMPLE0000000:wJalrXUtnFEMI", region: "eu-central-1" },
]) {
  test(`no session goes out unsigned where each request of ${engine} is signed`, async (t) => {
    const upstream = await listenRaw(t, (socket) => void socket.on("data", () => socket.destroy()));
    const address = {
      ...engineAddress(`${upstream.url}${path}`, { serves: ["realtime"] }),
      engine,
      apiKey,
      region,
    };
    const upstreams = openUpstreams([address], { nowMs: () => nowMs, maxConnections: 8 });
    t.after(() => upstreams.close());
    await assert.rejects(
      connect(upstreams),
      (error) => error instanceof UpstreamError && error.failure === "no_room" && !error.mayHaveArrived,
    );
    assert.equal(upstream.connections(), 0);
  });
}

test("a handshake that may not go when the connection is made is not written, not one byte of it", async (t) => {
  const upstream = await listenRaw(t, () => undefined);
  let hasLeft = false;
  const connecting = connect(open(t, upstream.url), {
    mayGo: () => false,
    onFirstByte: () => (hasLeft = true),
  });
  await assert.rejects(connecting, NotPermittedError);
  await pause(50);
  assert.deepEqual([upstream.connections(), upstream.received(), hasLeft], [1, "", false]);
  assert.equal(upstream.openConnections(), 0);
});

test("a permit that ends while a session is open covers no further event", async (t) => {
  const engine = await startRealtimeEngine(t, () => undefined);
  let isLawful = true;
  const answer = await connect(open(t, engine.url), {
    permit: permitFor([id], startMs + 1),
    mayGo: () => isLawful,
  });
  assert.ok(answer.kind === "open");
  const { session } = answer;
  void session.send("{}");
  isLawful = false;
  assert.throws(() => session.send("{}"), NotPermittedError);
  isLawful = true;
  nowMs = startMs + 1;
  assert.throws(() => session.send("{}"), NotPermittedError);
  await session.close(1000, "");
  assert.deepEqual(engine.heard, ["{}"]);
});

const keyIn = (request: string): string => /sec-websocket-key: (\S+)/i.exec(request)?.[1] ?? "";
const acceptOf = (request: string): string =>
  createHash("sha1")
    .update(`${keyIn(request)}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest("base64");
const upgrade = "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n";

for (const { title, answer, failure } of [
  {
    title: "a redirect",
    answer: () => "HTTP/1.1 307 Go\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
    failure: "garbage",
  },
  {
    title: "an answer like any other",
    answer: () => "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
    failure: "garbage",
  },
  { title: "a wrong key", answer: () => `${upgrade}sec-websocket-accept: AAAA\r\n\r\n`, failure: "garbage" },
  {
    title: "an extension that nobody asked for",
    answer: (asked: string) =>
      `${upgrade}sec-websocket-accept: ${acceptOf(asked)}\r\nsec-websocket-extensions: permessage-deflate\r\n\r\n`,
    failure: "garbage",
  },
  {
    title: "a subprotocol that nobody asked for",
    answer: (asked: string) =>
      `${upgrade}sec-websocket-accept: ${acceptOf(asked)}\r\nsec-websocket-protocol: realtime\r\n\r\n`,
    failure: "garbage",
  },
  { title: "what is no HTTP", answer: () => "hello\r\n\r\n", failure: "garbage" },
  { title: "the end of the connection", answer: () => null, failure: "unreachable" },
  { title: "nothing", answer: () => "", failure: "headers_timeout" },
]) {
  test(`${title} is no answer to a handshake, and its connection is closed`, async (t) => {
    const upstream = await listenRaw(t, (socket) => {
      socket.once("data", (bytes: Buffer) => {
        const text = answer(String(bytes));
        if (text === null) socket.destroy();
        else socket.write(text);
      });
    });
    await assert.rejects(
      connect(open(t, upstream.url), { headersTimeoutMs: 300 }),
      (error) => error instanceof UpstreamError && error.failure === failure && error.mayHaveArrived,
    );
    while (upstream.openConnections() > 0) await pause(5);
  });
}

test("an error is told with its status, its headers and as much of its body as says what it is", async (t) => {
  const upstream = await listenRaw(t, (socket) => {
    socket.once("data", () =>
      socket.write("HTTP/1.1 429 Too Many\r\nretry-after: 7\r\ncontent-length: 2\r\n\r\n{}"),
    );
  });
  const answer = await connect(open(t, upstream.url));
  assert.ok(answer.kind === "refused");
  assert.deepEqual([answer.status, answer.headers["retry-after"], String(answer.body)], [429, "7", "{}"]);
  while (upstream.openConnections() > 0) await pause(5);
});

test("nobody listens there: not a byte may have arrived", async (t) => {
  await assert.rejects(
    connect(open(t, "http://127.0.0.1:1")),
    (error) =>
      error instanceof UpstreamError &&
      error.failure === "unreachable" &&
      !error.mayHaveArrived &&
      error.cause === "ECONNREFUSED",
  );
});

test("a handshake that is given up closes its connection, and says why", async (t) => {
  const upstream = await listenRaw(t, () => undefined);
  const giving = new AbortController();
  const connecting = connect(open(t, upstream.url), { signal: giving.signal });
  while (upstream.received() === "") await pause(5);
  const reason = new Error("overtaken");
  giving.abort(reason);
  await assert.rejects(connecting, reason);
  while (upstream.openConnections() > 0) await pause(5);
});

test("half of the connections are for sessions, and one that ends makes room", async (t) => {
  const engine = await startRealtimeEngine(t, () => undefined);
  const upstreams = open(t, engine.url, 5);
  const [first] = [await connect(upstreams), await connect(upstreams)];
  await assert.rejects(
    connect(upstreams),
    (error) => error instanceof UpstreamError && error.failure === "no_room" && !error.mayHaveArrived,
  );
  assert.ok(first.kind === "open");
  await first.session.close(1000, "");
  await connect(upstreams);
});

test("the end of all upstreams ends every session", async (t) => {
  const engine = await startRealtimeEngine(t, () => undefined);
  const upstreams = open(t, engine.url);
  const answer = await connect(upstreams);
  assert.ok(answer.kind === "open");
  const ended = new Promise((resolve) =>
    answer.session.listen({ onMessage: () => undefined, onEnd: ({ kind }) => resolve(kind) }),
  );
  await upstreams.close();
  assert.equal(await ended, "gone");
  while (engine.openCount() > 0) await pause(5);
});
