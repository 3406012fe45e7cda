// Servers that answer as few do, seen from the sockets of both sides.
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";
import { failsAs, textOf } from "../../../test/contract/engine-contract.ts";
import { engineAddress } from "../../../test/support/engine-address.ts";
import { listen, listenRaw, okAnswer as ok } from "../../../test/support/raw-upstream.ts";
import { type AskedConnection, asking } from "../../../test/support/asking.ts";
import { type TestCall, upstreamCall } from "../../../test/support/upstream-call.ts";
import { openAiCompatible } from "../openai-compatible/engine.ts";
import { NotPermittedError } from "../provider.ts";

test("an answer that comes before the request has gone is taken, and its connection is given up", async (t) => {
  const refusal = "HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\n{}";
  let isRefusing = true;
  const upstream = await listenRaw(t, (socket) => {
    socket.once("data", () => {
      // What it is sent further on, it does not read.
      if (isRefusing) socket.pause().write(refusal);
      else socket.write(ok("{}"));
    });
  });
  const connection = connect(t, upstream.url);
  const { status, body } = await connection.call(upstreamCall({ body: [Buffer.alloc(64 * 1024 * 1024)] }));
  assert.equal(status, 413);
  assert.equal(await textOf(body), "{}");
  isRefusing = false;
  assert.equal(await ask(connection), "{}");
  assert.equal(upstream.connections(), 2);
});

test("a trailer that closes the connection is heeded: the next call has one of its own", async (t) => {
  const chunks = "2\r\n{}\r\n0\r\nConnection: close\r\n\r\n";
  const upstream = await listen(t, (socket) => {
    socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    // In a read of their own: the head alone promises that another call may follow.
    setTimeout(() => socket.write(chunks), 20);
  });
  const connection = connect(t, upstream.url);
  assert.equal(await ask(connection), "{}");
  await delay(50);
  assert.equal(await ask(connection), "{}");
  assert.equal(upstream.connections(), 2);
});

test("a second answer that comes later is nobody's", async (t) => {
  let answers = 0;
  const upstream = await listen(t, (socket) => {
    answers++;
    socket.write(ok(`mine${answers}`));
    setImmediate(() => socket.write(ok("stray")));
  });
  const connection = connect(t, upstream.url);
  for (const expected of ["mine1", "mine2", "mine3"]) {
    assert.equal(await ask(connection), expected);
    await until(() => upstream.openConnections() === 0);
  }
});

test("a second answer that comes a turn after the first is nobody's either, also while many calls wait", async (t) => {
  let answers = 0;
  const upstream = await listen(t, (socket, request) => {
    const turnsBefore = answers++ % 3;
    const answer = ok(/x-request-id: (\S+)/.exec(request)?.[1] ?? "");
    // Also at a turn when other connections have waited for a while already.
    afterTurns(turnsBefore, () => {
      socket.write(answer);
      setImmediate(() => socket.write(ok("stray")));
    });
  });
  const connection = connect(t, upstream.url, 5);
  const ids = Array.from({ length: 60 }, (_, n) => `r${n}`);
  const answered = await Promise.all(ids.map((requestId) => ask(connection, { requestId })));
  assert.deepEqual(answered, ids);
});

test("a server that ends each connection right after its answer, without a word, fails no call", async (t) => {
  const upstream = await listen(t, (socket) => socket.end(ok("{}")));
  const connection = connect(t, upstream.url);
  for (let n = 0; n < 30; n++) assert.equal(await ask(connection), "{}");
  assert.equal(upstream.connections(), 30);
});

test("a connection that its server ended while nobody used it is not used again", async (t) => {
  const sockets: Socket[] = [];
  const upstream = await listen(t, (socket) => {
    sockets.push(socket);
    socket.write(ok("{}"));
  });
  const connection = connect(t, upstream.url);
  assert.equal(await ask(connection), "{}");
  await delay(300);
  // Its end is at our socket, and our loop has not looked at that yet.
  sockets[0]?.destroy();
  assert.equal(await ask(connection), "{}");
  assert.equal(upstream.connections(), 2);
});

for (const { title, headers, connections } of [
  { title: "says that it keeps connections for 30 s", headers: "keep-alive: timeout=30\r\n", connections: 1 },
  { title: "says that it keeps them for 1 s", headers: "keep-alive: max=9, timeout=1\r\n", connections: 3 },
  { title: "says that it closes", headers: "connection: close\r\n", connections: 3 },
]) {
  test(`a server that ${title} is asked thrice over ${connections}`, async (t) => {
    const upstream = await listen(t, (socket) => socket.write(ok("{}", headers)));
    const connection = connect(t, upstream.url);
    for (let n = 0; n < 3; n++) assert.equal(await ask(connection), "{}");
    assert.equal(upstream.connections(), connections);
  });
}

test("an answer that comes byte by byte is the same, and so is its connection", async (t) => {
  const interim = "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n";
  const answer =
    `HTTP/1.1 100 Continue\r\n\r\n${interim}HTTP/1.1 200 OK\r\nX-A:  b \r\n` +
    `Transfer-Encoding: chunked\r\n\r\n3;a="b"\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: 1\r\n\r\n`;
  const upstream = await listen(t, async (socket) => {
    for (const byte of Buffer.from(answer)) {
      socket.write(Buffer.of(byte));
      await nextTurn();
    }
  });
  const connection = connect(t, upstream.url);
  for (let n = 0; n < 2; n++) {
    const { status, headers, body } = await connection.call(upstreamCall());
    assert.equal(status, 200);
    assert.deepEqual(headers, { "x-a": "b", "transfer-encoding": "chunked" });
    assert.equal(await textOf(body), "abcde");
  }
  assert.equal(upstream.connections(), 1);
});

const endless: readonly { title: string; start: string; more: string }[] = [
  { title: "interim answers", start: "", more: "HTTP/1.1 102 Processing\r\n\r\n" },
  {
    title: "an extension of a chunk",
    start: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;x=",
    more: "aaaaaaaaaaaaaaaaaaaaaaaa",
  },
  {
    title: "trailers",
    start: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n",
    more: "trailer: and more of it\r\n",
  },
  { title: "a reason", start: "HTTP/1.1 200 ", more: "aaaaaaaaaaaaaaaaaaaaaaaa" },
];
for (const { title, start, more } of endless) {
  test(`a server that sends ${title} without end is left as garbage`, async (t) => {
    const left = Promise.withResolvers<void>();
    const upstream = await listen(t, (socket) => {
      const write = (error?: Error | null) => {
        if (!error) socket.write(more.repeat(100), write);
      };
      socket.once("close", () => left.resolve());
      socket.write(start + more, write);
    });
    await assert.rejects(ask(connect(t, upstream.url)), failsAs("garbage"));
    await left.promise;
  });
}

test("calls beyond the connections wait, go in their order, and one that leaves disturbs no other", async (t) => {
  const order: string[] = [];
  const upstream = await listen(t, (socket, request) => {
    order.push(/x-request-id: (\S+)/.exec(request)?.[1] ?? "");
    setImmediate(() => socket.write(ok("{}")));
  });
  const connection = connect(t, upstream.url, 3);
  const caller = new AbortController();
  const calls = Array.from({ length: 9 }, (_, n) =>
    ask(connection, { requestId: `r${n}`, ...(n === 5 && { signal: caller.signal }) }),
  );
  caller.abort();
  const results = await Promise.allSettled(calls);
  assert.deepEqual(
    results.map(({ status }) => status === "fulfilled"),
    [true, true, true, true, true, false, true, true, true],
  );
  assert.deepEqual(order, ["r0", "r1", "r2", "r3", "r4", "r6", "r7", "r8"]);
  assert.equal(upstream.connections(), 2);
});

test("a call with little time ends in it, also while others have much", async (t) => {
  const upstream = await listen(t, () => undefined);
  const connection = connect(t, upstream.url);
  const caller = new AbortController();
  const patient = ask(connection, { signal: caller.signal });
  await assert.rejects(ask(connection, { headersTimeoutMs: 20 }), failsAs("headers_timeout"));
  caller.abort();
  await assert.rejects(patient, failsAs("aborted"));
});

test("fewer connections are fewer at once where they are idle, and with their calls where they are not", async (t) => {
  const held: Socket[] = [];
  const upstream = await listen(t, (socket) => void held.push(socket));
  const connection = connect(t, upstream.url);
  const calls = Array.from({ length: 5 }, () => ask(connection));
  await until(() => held.length === 5);
  for (const socket of held.splice(0, 3)) socket.write(ok("{}"));
  await Promise.all(calls.slice(0, 3));
  connection.resize?.(2);
  await until(() => upstream.openConnections() === 2);
  for (const socket of held.splice(0)) socket.write(ok("{}"));
  await Promise.all(calls);
  await until(() => upstream.openConnections() <= 1);
});

test("a draining ends also where the last call that waits may not go", async (t) => {
  const held: Socket[] = [];
  const upstream = await listen(t, (socket) => void held.push(socket));
  const connection = connect(t, upstream.url, 1);
  const first = ask(connection);
  const refused = assert.rejects(ask(connection, { mayGo: () => false }), NotPermittedError);
  await until(() => held.length === 1);
  const drained = connection.drain();
  held[0]?.write(ok("{}"));
  assert.equal(await first, "{}");
  await Promise.all([refused, drained]);
  await until(() => upstream.openConnections() === 0);
});

test("an endpoint whose URL is an IPv6 address is called there", async (t) => {
  const upstream = await listen(t, (socket) => socket.write(ok("{}")), "::1");
  assert.equal(await ask(connect(t, upstream.url)), "{}");
  assert.match(upstream.received(), /\r\nhost: \[::1\]:\d+\r\n/);
});

function connect(t: TestContext, url: string, maxConnections = 8): AskedConnection {
  const connection = asking(openAiCompatible.open(engineAddress(url), maxConnections));
  t.after(() => connection.close());
  return connection;
}

async function ask(connection: AskedConnection, some: Partial<TestCall> = {}): Promise<string> {
  return textOf((await connection.call(upstreamCall(some))).body);
}

function afterTurns(turns: number, then: () => void): void {
  if (turns === 0) then();
  else setImmediate(() => afterTurns(turns - 1, then));
}

/** The test runner's own timeout is the bound. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await delay(2);
}
