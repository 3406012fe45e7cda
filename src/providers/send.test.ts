import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { permitFor } from "../../test/support/test-permit.ts";
import type { EndpointId, Place } from "../base/index.ts";
import { Permit } from "../law/index.ts";
import { type EndpointAddress, NotPermittedError, openUpstreams, type Upstreams } from "./index.ts";
import { answerTo, type TestAnswer } from "../../test/support/asking.ts";
import { type TestCall, upstreamCall } from "../../test/support/upstream-call.ts";

const nowMs = Date.UTC(2026, 10, 20);
const lawful = "fra-1" as EndpointId;
const other = "iad-1" as EndpointId;

const lookAlike = {
  terms: {},
  endpoint: () => ({ id: lawful }),
  covers: () => true,
  narrow: () => lookAlike,
};

const refusals: readonly { title: string; permit: unknown; id: EndpointId }[] = [
  { title: "no permit", permit: undefined, id: lawful },
  { title: "an object that looks like one", permit: lookAlike, id: lawful },
  { title: "an object with a permit's prototype", permit: Object.create(Permit.prototype), id: lawful },
  { title: "a permit behind a proxy", permit: new Proxy(permitFor([lawful]), {}), id: lawful },
  { title: "a permit that has expired", permit: permitFor([lawful], nowMs), id: lawful },
  { title: "a permit for another endpoint", permit: permitFor([other]), id: lawful },
  { title: "a permit narrowed to nothing", permit: permitFor([lawful]).narrow(() => false), id: lawful },
  {
    title: "a permit for an endpoint that this cell does not have",
    permit: permitFor(["x" as EndpointId]),
    id: "x" as EndpointId,
  },
];

for (const { title, permit, id } of refusals) {
  test(`with ${title}, nothing is sent and no connection is opened`, async (t) => {
    const upstream = await countConnections(t);
    const upstreams = openUpstreams([address(lawful, upstream.url), address(other, upstream.url)], {
      nowMs: () => nowMs,
      maxConnections: 8,
    });
    t.after(() => upstreams.close());
    await assert.rejects(sendBy(upstreams, permit as Permit, id), NotPermittedError);
    assert.equal(upstream.connections(), 0);
  });
}

test("with a permit that covers the endpoint, one connection is opened, to it alone", async (t) => {
  const upstream = await countConnections(t);
  const notAsked = await countConnections(t);
  const upstreams = openUpstreams([address(lawful, upstream.url), address(other, notAsked.url)], {
    nowMs: () => nowMs,
    maxConnections: 8,
  });
  t.after(() => upstreams.close());
  const answer = await sendBy(upstreams, permitFor([lawful, other], nowMs + 1), lawful);
  assert.equal(answer.status, 200);
  assert.equal(upstream.connections(), 1);
  assert.equal(notAsked.connections(), 0);
});

test("a permit that expires while the connection is made covers no byte", async (t) => {
  let clockMs = nowMs;
  const received: string[] = [];
  const upstream = await countConnections(t, (bytes) => received.push(bytes));
  const upstreams = openUpstreams([address(lawful, upstream.url)], {
    nowMs: () => clockMs,
    maxConnections: 8,
  });
  t.after(() => upstreams.close());
  const answer = sendBy(upstreams, permitFor([lawful], nowMs + 1), lawful, {
    ...call,
    onFirstByte: () => assert.fail("nothing may leave"),
  });
  clockMs = nowMs + 1;
  await assert.rejects(answer, NotPermittedError);
  assert.deepEqual(received, []);
});

test("opening the upstreams connects to nobody", async (t) => {
  const upstream = await countConnections(t);
  const upstreams = openUpstreams([address(lawful, upstream.url)], { nowMs: () => nowMs, maxConnections: 8 });
  await upstreams.close();
  assert.equal(upstream.connections(), 0);
});

test("an endpoint that this cell does not have proves nothing and is not up", async () => {
  const upstreams = openUpstreams([], { nowMs: () => nowMs, maxConnections: 8 });
  assert.equal(upstreams.evidence(lawful, {}, null).evidenceClass, "E0");
  assert.equal(await upstreams.probe(lawful, new AbortController().signal), false);
});

test("an engine that nobody knows is refused at the start", () => {
  assert.throws(
    () =>
      openUpstreams([{ ...address(lawful, "http://127.0.0.1:1"), engine: "magic" }], {
        nowMs: () => nowMs,
        maxConnections: 8,
      }),
    /endpoint `fra-1`: no engine is called `magic`/,
  );
});

const call = upstreamCall();

function sendBy(
  upstreams: Upstreams,
  permit: Permit,
  id: EndpointId,
  asked: TestCall = call,
): Promise<TestAnswer> {
  return answerTo(asked, (each, receiver) => upstreams.send(permit, id, each, receiver));
}

function address(id: EndpointId, url: string): EndpointAddress {
  return { id, engine: "openai-compatible", url, apiKey: null, modelFile: null, computes: ["DE" as Place] };
}

/** Counts at the socket, which no code of ours can talk out of it. */
async function countConnections(
  t: TestContext,
  onData: (bytes: string) => void = () => undefined,
): Promise<{ url: string; connections: () => number }> {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => onData(String(bytes)));
    socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => server.close());
  const bound = server.address();
  assert.ok(typeof bound === "object" && bound);
  return { url: `http://127.0.0.1:${bound.port}`, connections: () => connections };
}
