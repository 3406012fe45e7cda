import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { EndpointId } from "../../base/index.ts";
import { failsAs, textOf } from "../../../test/contract/engine-contract.ts";
import { listen, okAnswer as ok } from "../../../test/support/raw-upstream.ts";
import type { UpstreamFailure } from "../provider.ts";
import { openHttpConnection } from "./connection.ts";
import { type AskedConnection, asking } from "../../../test/support/asking.ts";
import { type TestCall, upstreamCall } from "../../../test/support/upstream-call.ts";

const body = '{"n":12345678901234567890}';

test("a call sends the caller's bytes, the endpoint's key, and nothing of the process's surroundings", async (t) => {
  const upstream = await listen(t, (socket) => socket.end(ok("{}")));
  const answer = await connect(t, `${upstream.url}/base/`, { apiKey: "sk-secret" }).call(call());
  assert.equal(await textOf(answer.body), "{}");
  const [head = "", sent] = upstream.received().split("\r\n\r\n");
  assert.deepEqual(head.split("\r\n").toSorted(), [
    "POST /base/v1/chat/completions HTTP/1.1",
    "accept-encoding: identity",
    "accept: text/event-stream",
    "authorization: Bearer sk-secret",
    "connection: keep-alive",
    `content-length: ${body.length}`,
    "content-type: application/json",
    `host: ${upstream.url.slice("http://".length)}`,
    "x-request-id: r-1",
  ]);
  assert.equal(sent, body);
});

test("a body of short and long pieces arrives as one, in their order", async (t) => {
  let sent = "";
  const upstream = await listen(t, (socket, request) => {
    sent = request.slice(request.indexOf("\r\n\r\n") + 4);
    socket.end(ok("{}"));
  });
  const connection = connect(t, upstream.url);
  const [short, long] = ["s", "l"].map((letter, at) => letter.repeat(at === 0 ? 3 : 100_000));
  for (const pieces of [[], [short], [long], [short, short], [short, long, short, long, short]]) {
    const texts = pieces.map((text = "") => text);
    const { body } = await connection.call(call({ body: texts.map((text) => Buffer.from(text)) }));
    assert.equal(await textOf(body), "{}");
    assert.equal(sent, texts.join(""));
  }
});

test("an answer's status, lower-case headers and bytes come through", async (t) => {
  const upstream = await listen(t, (socket) =>
    socket.end("HTTP/1.1 429 Slow\r\nRetry-After: 2\r\nX-A: 1\r\nX-A: 2\r\n\r\nuntil the end"),
  );
  const answer = await connect(t, upstream.url).call(call());
  assert.equal(answer.status, 429);
  assert.deepEqual(answer.headers, { "retry-after": "2", "x-a": "1, 2" });
  assert.equal(await textOf(answer.body), "until the end");
});

const failures: readonly { title: string; answer: string; ends: boolean; failure: UpstreamFailure }[] = [
  { title: "nothing, then the end", answer: "", ends: true, failure: "unreachable" },
  {
    title: "half a header, then the end",
    answer: "HTTP/1.1 200 OK\r\ncontent-",
    ends: true,
    failure: "unreachable",
  },
  { title: "silence", answer: "", ends: false, failure: "headers_timeout" },
  { title: "half a header, then silence", answer: "HTTP/1.1 200", ends: false, failure: "headers_timeout" },
  { title: "no HTTP", answer: "SSH-2.0-OpenSSH_9.9\r\n\r\n", ends: false, failure: "garbage" },
  {
    title: "a header block without end",
    answer: `HTTP/1.1 200 OK\r\nx: ${"a".repeat(20_000)}`,
    ends: false,
    failure: "garbage",
  },
  {
    title: "headers without end",
    answer: `HTTP/1.1 200 OK\r\n${"x: a\r\n".repeat(20_000)}`,
    ends: false,
    failure: "garbage",
  },
  { title: "two lengths", answer: ok("{}", "content-length: 3\r\n"), ends: false, failure: "garbage" },
  {
    title: "a length and chunks",
    answer: ok("{}", "transfer-encoding: chunked\r\n"),
    ends: false,
    failure: "garbage",
  },
  {
    title: "a redirect",
    answer: "HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n",
    ends: false,
    failure: "garbage",
  },
  {
    title: "compressed bytes",
    answer: ok("{}", "content-encoding: gzip\r\n"),
    ends: false,
    failure: "garbage",
  },
  {
    title: "half a body, then the end",
    answer: "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{",
    ends: true,
    failure: "broken",
  },
  {
    title: "half of its chunks, then the end",
    answer: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n",
    ends: true,
    failure: "broken",
  },
  {
    title: "half a body, then silence",
    answer: "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{",
    ends: false,
    failure: "stalled",
  },
  {
    title: "a chunk without a size",
    answer: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\nx",
    ends: false,
    failure: "garbage",
  },
];

for (const { title, answer, ends, failure } of failures) {
  test(`an upstream that answers with ${title} fails as ${failure}`, async (t) => {
    const upstream = await listen(t, (socket) => {
      socket.write(answer);
      if (ends) socket.end();
    });
    const connection = connect(t, upstream.url);
    await assert.rejects(async () => {
      const { body } = await connection.call(call({ headersTimeoutMs: 100, idleTimeoutMs: 100 }));
      await textOf(body);
    }, failsAs(failure));
  });
}

test("a failure says nothing of what was answered", async (t) => {
  const upstream = await listen(t, (socket) => socket.end("hunter2 is no HTTP\r\n\r\n"));
  await assert.rejects(connect(t, upstream.url).call(call()), (error: Error) => {
    assert.doesNotMatch(`${error.message} ${String(error.cause)} ${JSON.stringify(error)}`, /hunter2/);
    return failsAs("garbage")(error);
  });
});

test("an upstream that does not listen, or has no address, is unreachable", async (t) => {
  const gone = await listen(t, () => undefined);
  await gone.close();
  await assert.rejects(connect(t, gone.url).call(call()), failsAs("unreachable"));
  await assert.rejects(connect(t, "http://engine.invalid").call(call()), failsAs("unreachable"));
});

for (const status of [300, 301, 302, 303, 304, 305, 307, 308]) {
  test(`a ${status} sends no byte to where it points`, async (t) => {
    const elsewhere = await listen(t, (socket) => socket.end(ok("{}")));
    const answer = `HTTP/1.1 ${status} Go\r\nlocation: ${elsewhere.url}/v1/chat/completions\r\ncontent-length: 0\r\n\r\n`;
    const upstream = await listen(t, (socket) => socket.end(answer));
    const connection = connect(t, upstream.url);
    await assert.rejects(connection.call(call()), failsAs("garbage"));
    assert.equal(await connection.probe(new AbortController().signal), false);
    assert.equal(elsewhere.connections(), 0);
  });
}

test("proxy variables are not obeyed", async (t) => {
  const proxy = await listen(t, (socket) => socket.end(ok("{}")));
  const names = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
  const before = names.map((name) => [name, process.env[name]] as const);
  t.after(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
  for (const name of names) process.env[name] = proxy.url;
  const upstream = await listen(t, (socket) => socket.end(ok("{}")));
  await connect(t, upstream.url).call(call());
  assert.equal(upstream.connections(), 1);
  assert.equal(proxy.connections(), 0);
});

test("bytes after an answer are never taken for the next one", async (t) => {
  let answers = 0;
  const upstream = await listen(t, (socket) => {
    answers++;
    socket.write(ok(`mine${answers}`) + ok("stray"));
  });
  const connection = connect(t, upstream.url);
  for (const expected of ["mine1", "mine2", "mine3"]) {
    assert.equal(await textOf((await connection.call(call())).body), expected);
  }
});

test("an upstream is read no faster than the answer is taken", async (t) => {
  const chunk = Buffer.alloc(256 * 1024);
  let written = 0;
  const upstream = await listen(t, (socket) => {
    const more = () => {
      written += chunk.length;
      if (written < 512 * 1024 * 1024) socket.write(chunk, () => more());
    };
    socket.write("HTTP/1.1 200 OK\r\n\r\n", more);
  });
  const { body } = await connect(t, upstream.url).call(call());
  let taken = 0;
  for await (const part of body) {
    taken += part.length;
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    // What lies between is in the sockets' buffers.
    assert.ok(written - taken < 32 * 1024 * 1024, `${written - taken} bytes are held`);
    if (taken > 8 * 1024 * 1024) break;
  }
});

test("an abort before the headers ends the connection", async (t) => {
  const caller = new AbortController();
  const left = Promise.withResolvers<void>();
  const upstream = await listen(t, (socket) => {
    socket.once("close", () => left.resolve());
    caller.abort();
  });
  await assert.rejects(connect(t, upstream.url).call(call({ signal: caller.signal })), failsAs("aborted"));
  await left.promise;
});

test("an answer that nobody reads is given up when its signal aborts", async (t) => {
  const caller = new AbortController();
  const left = Promise.withResolvers<void>();
  const upstream = await listen(t, (socket) => {
    socket.once("close", () => left.resolve());
    socket.write("HTTP/1.1 200 OK\r\n\r\n{");
  });
  await connect(t, upstream.url).call(call({ signal: caller.signal }));
  caller.abort();
  await left.promise;
});

const probes = [
  { title: "health", answers: { "/health": 200 }, isUp: true },
  { title: "models where there is no health", answers: { "/health": 404, "/v1/models": 200 }, isUp: true },
  { title: "neither", answers: { "/health": 404, "/v1/models": 404 }, isUp: false },
  {
    title: "that it is unwell, whatever models it lists",
    answers: { "/health": 503, "/v1/models": 200 },
    isUp: false,
  },
] as const;

for (const { title, answers, isUp } of probes) {
  test(`a server that answers for ${title} is ${isUp ? "up" : "not up"}`, async (t) => {
    const statuses = new Map<string, number>(Object.entries(answers));
    const upstream = await listen(t, (socket, head) =>
      socket.end(`HTTP/1.1 ${statuses.get(head.split(" ")[1] ?? "")} Status\r\ncontent-length: 0\r\n\r\n`),
    );
    assert.equal(await connect(t, upstream.url).probe(new AbortController().signal), isUp);
  });
}

test("a server that cannot be reached is not up", async (t) => {
  const gone = await listen(t, () => undefined);
  await gone.close();
  assert.equal(await connect(t, gone.url).probe(new AbortController().signal), false);
});

test("a live engine whose connections all wait for answers still says that it lives, also while they are drained", async (t) => {
  const held: Socket[] = [];
  const upstream = await listen(t, (socket, request) => {
    if (request.startsWith("POST")) held.push(socket);
    else socket.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  });
  const connection = connect(t, upstream.url, { maxConnections: 3 });
  const answers = [connection.call(call()), connection.call(call()), connection.call(call())];
  while (held.length < 2) await nextTurn();
  assert.equal(await connection.isSilent(AbortSignal.timeout(5_000)), false);
  const drained = connection.drain();
  assert.equal(await connection.isSilent(AbortSignal.timeout(5_000)), false);
  assert.ok(held[1] && !held[2], "the third waits for a connection");
  for (let done = 0; done < 3; done++) {
    while (held.length === 0) await nextTurn();
    held.shift()?.end(ok("{}"));
  }
  for (const answer of answers) assert.equal(await textOf((await answer).body), "{}");
  await drained;
});

test("an endpoint that may have one connection has one, for calls and probes", async (t) => {
  const upstream = await listen(t, (socket) => socket.write(ok("{}")));
  const connection = connect(t, upstream.url, { maxConnections: 1 });
  for (let turn = 0; turn < 3; turn++) {
    assert.equal(await textOf((await connection.call(call())).body), "{}");
    assert.equal(await connection.isSilent(AbortSignal.timeout(5_000)), false);
  }
  assert.equal(upstream.connections(), 1);
  await connection.drain();
});

test("an engine without a url is a mistake of its configuration", () => {
  assert.throws(() => connectTo(null), /endpoint `e-1`: engine `test` needs a url/);
});

interface Connecting {
  readonly apiKey?: string;
  readonly maxConnections?: number;
}

function connect(t: TestContext, url: string, connecting?: Connecting): AskedConnection {
  const connection = connectTo(url, connecting);
  t.after(() => connection.close());
  return connection;
}

function connectTo(url: string | null, { apiKey, maxConnections = 8 }: Connecting = {}): AskedConnection {
  const connection = openHttpConnection(
    {
      id: "e-1" as EndpointId,
      engine: "test",
      url,
      apiKey: apiKey ?? null,
      modelFile: null,
      computes: [],
    },
    { chat_completions: { path: "/v1/chat/completions" } },
    { maxConnections },
  );
  return asking(connection);
}

function call(some: Partial<TestCall> = {}): TestCall {
  return upstreamCall({ body: [Buffer.from(body)], isStream: true, ...some });
}
