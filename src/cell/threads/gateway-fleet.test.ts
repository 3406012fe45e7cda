// Several gateway threads under one control thread; the test plays the threads, at their end of the port.
import assert from "node:assert/strict";
import { test } from "node:test";
import { passingTime } from "../../../test/support/passing-time.ts";
import type { EndpointId } from "../../base/index.ts";
import { GatewayFleet } from "./gateway-fleet.ts";
import { GatewayLink } from "./gateway-link.ts";
import { inProcessPorts } from "./port.ts";
import type {
  Answer,
  ControlMessage,
  ControlPort,
  GatewayMessage,
  GatewayPort,
  Order,
  StartOrder,
} from "./thread-messages.ts";

interface PlayedThread {
  readonly port: ControlPort;
  readonly own: GatewayPort;
  readonly orders: readonly Order["kind"][];
}

/** Null: it does not answer. */
function playThread(answerTo: (order: Order) => Answer | null): PlayedThread {
  const [port, own] = inProcessPorts<ControlMessage, GatewayMessage>();
  const orders: Order["kind"][] = [];
  own.onMessage((message) => {
    if (message.kind !== "order") return;
    orders.push(message.order.kind);
    const answer = answerTo(message.order);
    if (answer !== null) own.send({ kind: "answer", id: message.id, answer });
  });
  return { port, own, orders };
}

function preparing(isUsable: boolean): PlayedThread {
  return playThread((order) =>
    order.kind === "prepare" ? { kind: "prepared", isUsable } : { kind: "done" },
  );
}

const policy = { texts: { file: "policy.yaml", text: "", packs: new Map(), lock: null }, addresses: [] };

/** How a thread that is to start behaves. */
type Start = "serves" | "dies" | "fails";

function starting(how: Start): PlayedThread {
  const thread = playThread((order) => {
    if (order.kind !== "start") return { kind: "done" };
    if (how === "serves") return { kind: "ready", url: "http://127.0.0.1:8080" };
    if (how === "fails") return { kind: "failed", isRepairable: false, lines: ["no room"] };
    thread.own.close();
    return null;
  });
  return thread;
}

const startOrder = { kind: "start", settings: { listen: {} }, quarantined: [] } as unknown as StartOrder;

/** A fleet of two that serve, of which whoever comes in a lost one's place behaves as `starts` says; the last word stands. */
async function fleetOfTwo(starts: readonly [...Start[], Start]): Promise<{
  readonly fleet: GatewayFleet;
  readonly first: readonly PlayedThread[];
  readonly opened: readonly PlayedThread[];
  readonly isLost: () => boolean;
}> {
  const first = [starting("serves"), starting("serves")];
  const opened: PlayedThread[] = [];
  const fleet = new GatewayFleet(
    first.map(({ port }) => port),
    {
      open() {
        const thread = starting(starts[opened.length] ?? starts.at(-1) ?? "serves");
        opened.push(thread);
        return thread.port;
      },
      returned: () => Promise.resolve([]),
      onErasure: () => undefined,
      answer: () => assert.fail("nobody asks"),
      writeLines: () => undefined,
    },
  );
  let isLost = false;
  void fleet.lost.then(() => (isLost = true));
  await fleet.start(startOrder);
  return { fleet, first, opened, isLost: () => isLost };
}

const recorded = async (): Promise<void> => undefined;

test("a policy is committed once every thread has prepared it", async () => {
  const threads = [preparing(true), preparing(true)];
  assert.equal(await new GatewayFleet(threads.map(({ port }) => port)).takeUp(2, policy, recorded), true);
  for (const { orders } of threads) assert.deepEqual(orders, ["prepare", "commit"]);
});

test("a policy is on record before any thread has it in force, and one that cannot be recorded never is", async () => {
  const thread = preparing(true);
  const fleet = new GatewayFleet([thread.port]);
  assert.equal(await fleet.takeUp(2, policy, async () => assert.deepEqual(thread.orders, ["prepare"])), true);
  assert.equal(await fleet.takeUp(3, policy, () => Promise.reject(new Error("the disk is full"))), false);
  assert.deepEqual(thread.orders, ["prepare", "commit", "prepare", "discard"]);
});

test("a policy that one thread refuses is discarded by those that prepared it, and committed by none", async () => {
  const [willing, refusing] = [preparing(true), preparing(false)];
  assert.equal(await new GatewayFleet([willing.port, refusing.port]).takeUp(2, policy, recorded), false);
  assert.deepEqual([willing.orders, refusing.orders], [["prepare", "discard"], ["prepare"]]);
});

test("a policy that a thread died over is in force in none", async () => {
  const willing = preparing(true);
  const dying = playThread(() => {
    dying.own.close();
    return null;
  });
  const fleet = new GatewayFleet([willing.port, dying.port]);
  assert.equal(await fleet.takeUp(2, policy, recorded), false);
  assert.deepEqual(willing.orders, ["prepare", "discard"]);
  assert.equal(await fleet.lost, "its port closed");
});

test("events have effect when every thread has answered, and not while one has not", async () => {
  const release = Promise.withResolvers<void>();
  const quick = playThread(() => ({ kind: "done" }));
  const [port, own] = inProcessPorts<ControlMessage, GatewayMessage>();
  own.onMessage((message) => {
    if (message.kind !== "order") return;
    void release.promise.then(() => own.send({ kind: "answer", id: message.id, answer: { kind: "done" } }));
  });
  let isDone = false;
  const taken = new GatewayFleet([quick.port, port]).takeEvents(["a text"]).then(() => (isDone = true));
  await new Promise(setImmediate);
  assert.deepEqual([quick.orders, isDone], [["events"], false]);
  release.resolve();
  assert.equal(await taken, true);
});

test("an endpoint is in quarantine when every thread has taken it out, and so is a release", async () => {
  const threads = [playThread(() => ({ kind: "done" })), playThread(() => ({ kind: "done" }))];
  const fleet = new GatewayFleet(threads.map(({ port }) => port));
  await fleet.quarantine("fra-1" as EndpointId);
  for (const { orders } of threads) assert.deepEqual(orders, ["quarantine"]);
  await fleet.release("fra-1" as EndpointId);
  for (const { orders } of threads) assert.deepEqual(orders, ["quarantine", "release"]);
});

test("a thread that does not answer in time counts as dead, and its port is closed", async () => {
  const { port, own } = playThread(() => null);
  const closed = Promise.withResolvers<void>();
  own.onClosed(() => closed.resolve());
  const link = new GatewayLink(port, () => undefined);
  await assert.rejects(link.order({ kind: "scrape" }, 10), /did not answer `scrape` in time/);
  assert.equal(await link.lost, "it did not answer `scrape` in time");
  await closed.promise;
  await assert.rejects(link.order({ kind: "scrape" }, 10), /has ended/);
});

for (const how of ["dies", "fails"] as const)
  test(`a thread that ${how} while it starts in the place of a lost one is replaced like any other`, async (t) => {
    const { pass } = passingTime(t);
    const { fleet, first, opened, isLost } = await fleetOfTwo([how, how, "serves"]);
    first[0]?.own.close();
    await pass(1);
    assert.deepEqual([opened.length, isLost()], [3, false]);
    await fleet.takeEvents(["a text"]);
    assert.deepEqual(opened.at(-1)?.orders, ["start", "events"]);
    await pass(60);
    assert.equal(isLost(), false);
  });

test("threads that are lost one after the other are replaced after a pause, and the cell goes on by those that live", async (t) => {
  const { pass } = passingTime(t);
  const { fleet, first, opened, isLost } = await fleetOfTwo(["dies"]);
  first[0]?.own.close();
  await pass(1);
  assert.equal(opened.length, 4, "at once");
  await pass(60);
  assert.equal(opened.length, 16, "one in five seconds");
  assert.equal(isLost(), false);
  fleet.close();
  await pass(60);
  assert.equal(opened.length, 16);
});

test("a cell of which no thread serves for half a minute ends", async (t) => {
  const { pass } = passingTime(t);
  const { first, isLost } = await fleetOfTwo(["fails"]);
  for (const { own } of first) own.close();
  await pass(29);
  assert.equal(isLost(), false);
  await pass(2);
  assert.equal(isLost(), true);
});
