import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { type TestContext, test } from "node:test";
import type { CellId, EndpointId, Place } from "../base/index.ts";
import { Permit } from "../law/index.ts";
import { issuePermit } from "../law/permit.ts";
import { type EndpointAddress, NotPermittedError, openUpstreams, type UpstreamCall } from "./index.ts";

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
  { title: "a permit behind a proxy", permit: new Proxy(permit([lawful]), {}), id: lawful },
  { title: "a permit that has expired", permit: permit([lawful], nowMs), id: lawful },
  { title: "a permit for another endpoint", permit: permit([other]), id: lawful },
  { title: "a permit narrowed to nothing", permit: permit([lawful]).narrow(() => false), id: lawful },
  {
    title: "a permit for an endpoint that this cell does not have",
    permit: permit(["x" as EndpointId]),
    id: "x" as EndpointId,
  },
];

for (const { title, permit, id } of refusals) {
  test(`with ${title}, nothing is sent and no connection is opened`, async (t) => {
    const upstream = await countConnections(t);
    const upstreams = openUpstreams(
      [address(lawful, upstream.url), address(other, upstream.url)],
      () => nowMs,
    );
    t.after(() => upstreams.close());
    await assert.rejects(upstreams.send(permit as Permit, id, call), NotPermittedError);
    assert.equal(upstream.connections(), 0);
  });
}

test("with a permit that covers the endpoint, one connection is opened, to it alone", async (t) => {
  const upstream = await countConnections(t);
  const notAsked = await countConnections(t);
  const upstreams = openUpstreams([address(lawful, upstream.url), address(other, notAsked.url)], () => nowMs);
  t.after(() => upstreams.close());
  const answer = await upstreams.send(permit([lawful, other], nowMs + 1), lawful, call);
  assert.equal(answer.status, 200);
  assert.equal(upstream.connections(), 1);
  assert.equal(notAsked.connections(), 0);
});

test("opening the upstreams connects to nobody", async (t) => {
  const upstream = await countConnections(t);
  const upstreams = openUpstreams([address(lawful, upstream.url)], () => nowMs);
  await upstreams.close();
  assert.equal(upstream.connections(), 0);
});

test("an endpoint that this cell does not have proves nothing and is not up", async () => {
  const upstreams = openUpstreams([], () => nowMs);
  assert.equal(upstreams.evidence(lawful, {}, null).evidenceClass, "E0");
  assert.equal(await upstreams.probe(lawful, new AbortController().signal), false);
});

test("an engine that nobody knows is refused at the start", () => {
  assert.throws(
    () => openUpstreams([{ ...address(lawful, "http://127.0.0.1:1"), engine: "magic" }], () => nowMs),
    /endpoint `fra-1`: no engine is called `magic`/,
  );
});

const call: UpstreamCall = {
  path: "/v1/chat/completions",
  body: Buffer.from("{}"),
  isStream: false,
  requestId: "r-1",
  signal: new AbortController().signal,
  headersTimeoutMs: 60_000,
  idleTimeoutMs: 60_000,
};

function permit(ids: readonly EndpointId[], expiresAtMs: number | null = null): Permit {
  return issuePermit({
    endpoints: ids.map((id) => ({
      id,
      cell: "eu-frankfurt" as CellId,
      computes: ["DE" as Place],
      grounds: [],
      isTransfer: false,
      isSovereign: true,
    })),
    regimes: [],
    obligations: [],
    evidenceMin: "E1",
    policyHash: "00",
    expiresAtMs,
  });
}

function address(id: EndpointId, url: string): EndpointAddress {
  return { id, engine: "openai-compatible", url, apiKey: null, modelFile: null, computes: ["DE" as Place] };
}

/** Counts at the socket, which no code of ours can talk out of it. */
async function countConnections(t: TestContext): Promise<{ url: string; connections: () => number }> {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.on("error", () => undefined);
    socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => server.close());
  const bound = server.address();
  assert.ok(typeof bound === "object" && bound);
  return { url: `http://127.0.0.1:${bound.port}`, connections: () => connections };
}
