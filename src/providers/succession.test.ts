// What becomes of connections when the endpoints of a cell come, go and change.
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { textOf } from "../../test/contract/engine-contract.ts";
import { listen, okAnswer } from "../../test/support/raw-upstream.ts";
import { permitFor } from "../../test/support/test-permit.ts";
import type { EndpointId, Place } from "../base/index.ts";
import { type EndpointAddress, NotPermittedError, openUpstreams, type Upstreams } from "./index.ts";
import { answerTo, type TestAnswer } from "../../test/support/asking.ts";
import { upstreamCall } from "../../test/support/upstream-call.ts";

const id = "fra-1" as EndpointId;
const permit = permitFor([id]);

test("equal addresses share a connection, which stays open until the last value is retired", async (t) => {
  const upstream = await listen(t, answerAtOnce);
  const first = open(t, upstream.url);
  await ask(first);
  const second = first.succeededBy([address(upstream.url)]);
  await ask(second);
  assert.equal(upstream.connections(), 1);
  await first.retire();
  await ask(second);
  assert.equal(upstream.connections(), 1);
  await second.retire();
  await until(() => upstream.openConnections() === 0);
});

const changes: readonly { title: string; change: Partial<EndpointAddress> }[] = [
  { title: "another place", change: { computes: ["US" as Place] } },
  { title: "another key", change: { apiKey: "sk-2" } },
  { title: "another kind of engine", change: { engine: "sim" } },
  { title: "another name", change: { id: "fra-2" as EndpointId } },
];
for (const { title, change } of changes) {
  test(`${title} is another connection`, async (t) => {
    const upstream = await listen(t, answerAtOnce);
    const first = open(t, upstream.url);
    await ask(first);
    const changed = { ...address(upstream.url), ...change };
    await ask(first.succeededBy([changed]), changed.id);
    assert.equal(upstream.connections(), 2);
  });
}

test("an id that moved sends a request to the address that it was decided on", async (t) => {
  const [old, moved] = [await listen(t, answerAtOnce), await listen(t, answerAtOnce)];
  const first = open(t, old.url);
  const second = first.succeededBy([address(moved.url)]);
  await ask(first);
  assert.deepEqual([old.connections(), moved.connections()], [1, 0]);
  await ask(second);
  assert.deepEqual([old.connections(), moved.connections()], [1, 1]);
});

test("an endpoint that is removed while it answers ends its answer, and then its connection", async (t) => {
  const asked = Promise.withResolvers<Socket>();
  const upstream = await listen(t, (socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{");
    asked.resolve(socket);
  });
  const first = open(t, upstream.url);
  const answer = await send(first);
  first.succeededBy([]);
  let isRetired = false;
  const retired = first.retire().then(() => (isRetired = true));
  await delay(20);
  assert.equal(isRetired, false);
  (await asked.promise).write("}");
  assert.equal(await textOf(answer.body), "{}");
  await retired;
  await until(() => upstream.openConnections() === 0);
});

test("a call whose connection is still made when its value is retired is answered", async (t) => {
  const upstream = await listen(t, answerAtOnce);
  const first = open(t, upstream.url);
  const answer = ask(first);
  const retired = first.retire();
  await answer;
  await retired;
});

test("a retired value sends nothing, also where its connection lives on", async (t) => {
  const upstream = await listen(t, answerAtOnce);
  const first = open(t, upstream.url);
  const second = first.succeededBy([address(upstream.url)]);
  await first.retire();
  await assert.rejects(send(first), NotPermittedError);
  assert.equal(await first.probe(id, new AbortController().signal), false);
  assert.equal(upstream.connections(), 0);
  await ask(second);
});

test("a value that is retired twice lets go once", async (t) => {
  const upstream = await listen(t, answerAtOnce);
  const first = open(t, upstream.url);
  const second = first.succeededBy([address(upstream.url)]);
  await Promise.all([first.retire(), first.retire()]);
  await first.retire();
  await ask(second);
});

test("an endpoint that comes back while its old connection ends is called over a new one", async (t) => {
  const upstream = await listen(t, answerAtOnce);
  const first = open(t, upstream.url);
  await ask(first);
  const without = first.succeededBy([]);
  const retired = first.retire();
  await ask(without.succeededBy([address(upstream.url)]));
  await retired;
  await until(() => upstream.openConnections() === 1);
});

test("successors that are refused change nothing", async (t) => {
  const upstream = await listen(t, answerAtOnce);
  const first = open(t, upstream.url);
  await ask(first);
  const wrong = { ...address("http://127.0.0.1:1"), engine: "magic" };
  assert.throws(() => first.succeededBy([address(upstream.url), wrong]), /no engine is called `magic`/);
  await ask(first);
  assert.equal(upstream.connections(), 1);
  // No share was left behind by the refused one.
  await first.retire();
  await until(() => upstream.openConnections() === 0);
});

test("a hundred successions in a second leave the connections of the last one", async (t) => {
  const upstream = await listen(t, answerAtOnce);
  const [stays, changes] = ["stays" as EndpointId, "changes" as EndpointId];
  const addressesOf = (round: number): EndpointAddress[] => [
    { ...address(upstream.url), id: stays },
    { ...address(upstream.url), id: changes, apiKey: `sk-${round}` },
  ];
  let current = openUpstreams(addressesOf(0), { nowMs: Date.now, maxConnections: 1_000 });
  t.after(() => current.close());
  for (let round = 1; round <= 100; round++) {
    await Promise.all([ask(current, stays), ask(current, changes)]);
    const next = current.succeededBy(addressesOf(round));
    void current.retire();
    current = next;
  }
  await Promise.all([ask(current, stays), ask(current, changes)]);
  await until(() => upstream.openConnections() <= 2);
  assert.ok(upstream.connections() >= 102, `${upstream.connections()} connections`);
  await current.retire();
  await until(() => upstream.openConnections() === 0);
});

test("endpoints that come take their part of the connections from those that are there", async (t) => {
  const asked: Socket[] = [];
  const upstream = await listen(t, (socket) => void asked.push(socket));
  const first = openUpstreams([address(upstream.url)], { nowMs: Date.now, maxConnections: 8 });
  t.after(() => first.close());
  const before = send(first);
  await until(() => asked.length === 1);
  const second = first.succeededBy([
    address(upstream.url),
    { ...address(upstream.url), id: "b" as EndpointId },
  ]);
  // Four each, of which one is for probes.
  const calls = Array.from({ length: 6 }, () => send(second));
  await until(() => asked.length === 3);
  await delay(20);
  assert.equal(asked.length, 3, "the call of before, and two");
  for (let answered = 0; answered < 7; answered++) {
    await until(() => asked.length > answered);
    answerAtOnce(asked[answered] ?? assert.fail());
  }
  for (const answer of await Promise.all([before, ...calls])) assert.equal(await textOf(answer.body), "{}");
});

test("a close ends the calls of all values", async (t) => {
  const upstream = await listen(t, (socket) => socket.write("HTTP/1.1 200 OK\r\n\r\n{"));
  const first = open(t, upstream.url);
  const answer = await send(first);
  const second = first.succeededBy([]);
  const retired = first.retire();
  await second.close();
  await retired;
  await assert.rejects(textOf(answer.body), /broken/);
  await until(() => upstream.openConnections() === 0);
});

function answerAtOnce(socket: Socket): void {
  socket.write(okAnswer("{}"));
}

function open(t: TestContext, url: string): Upstreams {
  const upstreams = openUpstreams([address(url)], { nowMs: Date.now, maxConnections: 1_000 });
  t.after(() => upstreams.close());
  return upstreams;
}

async function ask(upstreams: Upstreams, endpoint = id): Promise<void> {
  assert.equal(await textOf((await send(upstreams, endpoint)).body), "{}");
  // The connection is free for the next call a turn later.
  await delay(1);
}

function send(upstreams: Upstreams, endpoint = id): Promise<TestAnswer> {
  const lawful = endpoint === id ? permit : permitFor([endpoint]);
  return answerTo(call, (asked, receiver) => upstreams.send(lawful, endpoint, asked, receiver));
}

/** The test runner's own timeout is the bound. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await delay(2);
}

function address(url: string): EndpointAddress {
  return { id, engine: "openai-compatible", url, apiKey: "sk-1", modelFile: null, computes: ["DE" as Place] };
}

const call = upstreamCall();
