// When a request leaves this process, seen from the sockets at which it would arrive.
import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { EndpointId } from "../../base/index.ts";
import { failsAs, textOf } from "../../../test/contract/engine-contract.ts";
import { listenLate } from "../../../test/support/late-listener.ts";
import { listen, listenRaw, okAnswer } from "../../../test/support/raw-upstream.ts";
import { type AskedConnection, asking } from "../../../test/support/asking.ts";
import { type TestCall, upstreamCall } from "../../../test/support/upstream-call.ts";
import { NotPermittedError, UpstreamError } from "../provider.ts";
import { openHttpConnection } from "./connection.ts";

test("a call that the law takes back while its connection is made sends not one byte", async (t) => {
  const upstream = await listenLate(t);
  const { call, seen } = watched();
  const answer = connect(t, upstream.url).call(call);
  await delay(100);
  assert.deepEqual(seen, []);
  call.isAllowed = false;
  upstream.accept();
  await assert.rejects(answer, NotPermittedError);
  assert.deepEqual(seen, ["mayGo"]);
  while (upstream.accepted() < 1) await delay(5);
  await delay(50);
  assert.equal(upstream.receivedBytes(), 0);
});

test("a call to a host that never answers has sent nothing", async (t) => {
  const upstream = await listenLate(t);
  const { call, seen } = watched();
  await assert.rejects(connect(t, upstream.url).call(call), hasSent(false, "unreachable"));
  assert.deepEqual(seen, []);
});

test("a call asks, then says that it goes, and then its bytes arrive", async (t) => {
  const { call, seen } = watched({ body: [Buffer.alloc(4 * 1024 * 1024, "a")] });
  const upstream = await listen(t, (socket) => {
    seen.push("bytes");
    socket.write(okAnswer("{}"));
  });
  const answer = await connect(t, upstream.url).call(call);
  assert.equal(await textOf(answer.body), "{}");
  assert.deepEqual(seen, ["mayGo", "onFirstByte", "bytes"]);
});

test("a call on a connection that is open already is asked when it is that call's turn", async (t) => {
  const upstream = await listen(t, (socket) => socket.write(okAnswer("{}")));
  const connection = await warm(t, upstream.url);
  const before = upstream.received();
  const { call, seen } = watched();
  const answer = connection.call(call);
  call.isAllowed = false;
  await assert.rejects(answer, NotPermittedError);
  assert.deepEqual(seen, ["mayGo"]);
  await delay(50);
  assert.equal(upstream.received(), before);
  // The connection was of no fault, and serves the next call.
  assert.equal(await textOf((await connection.call(watched().call)).body), "{}");
  assert.equal(upstream.connections(), 1);
});

for (const title of ["while its connection is made", "while it waits for an open connection"]) {
  test(`a call whose caller leaves ${title} has sent nothing`, async (t) => {
    const upstream = await listen(t, (socket) => socket.write(okAnswer("{}")));
    const connection = title.includes("open") ? await warm(t, upstream.url) : connect(t, upstream.url);
    const before = upstream.received();
    const caller = new AbortController();
    const { call, seen } = watched({ signal: caller.signal });
    const answer = connection.call(call);
    caller.abort();
    await assert.rejects(answer, hasSent(false, "aborted"));
    await delay(50);
    assert.deepEqual(seen, []);
    assert.equal(upstream.received(), before);
  });
}

test("a call that is refused a connection has sent nothing", async (t) => {
  const gone = await listen(t, () => undefined);
  await gone.close();
  const { call, seen } = watched();
  await assert.rejects(connect(t, gone.url).call(call), hasSent(false, "unreachable"));
  assert.deepEqual(seen, []);
});

test("a call that is reset before anybody has read it may have arrived", async (t) => {
  const accepted = Promise.withResolvers<Socket>();
  const upstream = await listenRaw(t, (socket) => accepted.resolve(socket.pause()));
  const left = Promise.withResolvers<void>();
  const { call, seen } = watched({ onLeaving: left.resolve });
  const answer = assert.rejects(connect(t, upstream.url).call(call), hasSent(true, "unreachable"));
  await left.promise;
  (await accepted.promise).resetAndDestroy();
  await answer;
  assert.deepEqual(seen, ["mayGo", "onFirstByte"]);
});

test("a call to a server that resets whoever connects has arrived nowhere unless it says that it went", async (t) => {
  for (let n = 0; n < 50; n++) {
    const upstream = await listenRaw(t, (socket) => socket.resetAndDestroy());
    const { call, seen } = watched();
    await assert.rejects(connect(t, upstream.url).call(call), (error: unknown) => {
      assert.ok(error instanceof UpstreamError);
      assert.equal(error.mayHaveArrived, seen.includes("onFirstByte"));
      return true;
    });
    assert.equal(upstream.received(), "");
    await upstream.close();
  }
});

test("a body under way is cut when its signal aborts", async (t) => {
  const accepted = Promise.withResolvers<Socket>();
  const upstream = await listenRaw(t, (socket) => accepted.resolve(socket.pause()));
  const caller = new AbortController();
  const left = Promise.withResolvers<void>();
  const { call } = watched({
    signal: caller.signal,
    body: [Buffer.alloc(64 * 1024 * 1024)],
    onLeaving: left.resolve,
  });
  const answer = assert.rejects(connect(t, upstream.url).call(call), hasSent(true, "aborted"));
  const [socket] = await Promise.all([accepted.promise, left.promise]);
  caller.abort();
  await answer;
  let bytes = 0;
  socket.on("data", (chunk) => (bytes += chunk.length)).resume();
  await once(socket, "close");
  assert.ok(bytes < (call.body[0]?.length ?? 0), `${bytes} bytes arrived`);
});

const provocations: readonly { title: string; react: (socket: Socket) => unknown }[] = [
  { title: "a reset", react: (socket) => socket.resetAndDestroy() },
  { title: "an end", react: (socket) => socket.end() },
  { title: "half a head and a reset", react: (socket) => cutOff(socket, "HTTP/1.1 200 OK\r\nconte") },
  { title: "an unasked 100 and an end", react: (socket) => socket.end("HTTP/1.1 100 Continue\r\n\r\n") },
  { title: "an unasked 101", react: (socket) => socket.write("HTTP/1.1 101 Switch\r\nupgrade: x\r\n\r\n") },
  { title: "a 102 and an end", react: (socket) => socket.end("HTTP/1.1 102 Processing\r\n\r\n") },
  { title: "a 408", react: (socket) => socket.end(emptyAnswer("408 Request Timeout")) },
  { title: "a 421", react: (socket) => socket.end(emptyAnswer("421 Misdirected Request")) },
  { title: "a 425", react: (socket) => socket.end(emptyAnswer("425 Too Early")) },
  { title: "a 503", react: (socket) => socket.write(emptyAnswer("503 Down", "retry-after: 0\r\n")) },
  { title: "a last answer", react: (socket) => socket.write(okAnswer("{}", "connection: close\r\n")) },
];
for (const { title, react } of provocations) {
  for (const isWarm of [false, true]) {
    test(`a call that is answered by ${title} on ${isWarm ? "an old" : "a new"} connection is not repeated`, async (t) => {
      let isProvoking = !isWarm;
      const upstream = await listen(t, (socket) =>
        isProvoking ? react(socket) : socket.write(okAnswer("{}")),
      );
      const connection = isWarm ? await warm(t, upstream.url) : connect(t, upstream.url);
      isProvoking = true;
      const before = posts(upstream.received());
      const { call, seen } = watched();
      await connection
        .call(call)
        .then(({ body }) => textOf(body))
        .catch((error: unknown) => assert.ok(error instanceof UpstreamError && error.mayHaveArrived));
      await delay(20);
      assert.equal(posts(upstream.received()) - before, 1);
      assert.deepEqual(seen, ["mayGo", "onFirstByte"]);
    });
  }
}

function cutOff(socket: Socket, text: string): void {
  socket.write(text, () => socket.resetAndDestroy());
}

function emptyAnswer(status: string, headers = ""): string {
  return `HTTP/1.1 ${status}\r\ncontent-length: 0\r\n${headers}\r\n`;
}

function posts(received: string): number {
  return received.split("POST ").length - 1;
}

/** With one connection open and idle. */
async function warm(t: TestContext, url: string): Promise<AskedConnection> {
  const connection = connect(t, url);
  await textOf((await connection.call(watched().call)).body);
  return connection;
}

function connect(t: TestContext, url: string): AskedConnection {
  const connection = openHttpConnection(
    { id: "e-1" as EndpointId, engine: "test", url, apiKey: null, modelFile: null, computes: [] },
    { chat_completions: { path: "/v1/chat/completions" } },
    { maxConnections: 8 },
  );
  t.after(() => connection.close());
  return asking(connection);
}

type WatchedCall = TestCall & { isAllowed: boolean };

/** A call, and what it was asked and told. */
function watched({
  onLeaving = () => undefined,
  ...some
}: Partial<TestCall> & { readonly onLeaving?: () => void } = {}): { call: WatchedCall; seen: string[] } {
  const seen: string[] = [];
  const call: WatchedCall = {
    ...upstreamCall(),
    isAllowed: true,
    mayGo() {
      seen.push("mayGo");
      return call.isAllowed;
    },
    onFirstByte() {
      seen.push("onFirstByte");
      onLeaving();
    },
    ...some,
  };
  return { call, seen };
}

function hasSent(mayHaveArrived: boolean, failure: UpstreamError["failure"]): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof UpstreamError, String(error));
    assert.equal(error.mayHaveArrived, mayHaveArrived);
    return failsAs(failure)(error);
  };
}
