// One record of limits under several threads: real ones, which run and end while others take and give back.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { momentAt } from "../../../test/support/moment-at.ts";
import { limitLevel, policyOfLevels } from "../../../test/support/limit-level.ts";
import { dayMs, type TenantId } from "../../base/index.ts";
import { type LimitLevel, moneyOf, type Policy } from "../../config/index.ts";
import { forgetThread } from "./ended-thread.ts";
import { claimLevels, createLimitMemory, lockOf, tenantLocks, viewLimitMemory } from "./limit-memory.ts";
import { Limiter } from "./limiter.ts";

const noPolicy = { tenants: new Map() };
const moments = { monotonicMs: momentAt(0), askedMs: 40 * dayMs, countedMs: 40 * dayMs };
const threads = 4;

interface Told {
  readonly admitted: number;
  readonly reserved: number;
  readonly mostInside: number;
}

/** Each thread takes as often as it can, gives back, and says what it got. */
function hammer(memory: SharedArrayBuffer, thread: number, more: object = {}): Worker {
  return new Worker(new URL("../../../test/support/limit-hammer.ts", import.meta.url), {
    workerData: { seat: { memory, thread }, ...more },
  });
}

async function toldBy(worker: Worker): Promise<Told> {
  const [[told]] = (await Promise.all([once(worker, "message"), once(worker, "exit")])) as [[Told], unknown];
  return told;
}

test("threads that take of one limit at once never take more than it has, and what they took adds up", async () => {
  const memory = createLimitMemory(noPolicy, threads);
  const levels = [
    limitLevel({ requestsPerMinute: 50_000, concurrentRequests: 3, tokensPerMinute: 1_000_000 }),
    limitLevel({ kind: "key", id: "t/key/a", requestsPerMinute: 40_000 }),
    limitLevel({ kind: "team", id: "t/team/a", budget: budgetOf(20_001) }),
  ];
  const inside = new Int32Array(new SharedArrayBuffer(8));
  const workers = Array.from({ length: threads }, (_, thread) =>
    hammer(memory, thread, { levels, inside, rounds: 40_000, together: threads }),
  );
  const told = await Promise.all(workers.map(toldBy));
  assert.equal(
    sum(told, ({ admitted }) => admitted),
    40_000,
    "a minute's requests of the key, and not one more",
  );
  assert.equal(
    sum(told, ({ reserved }) => reserved),
    20_000,
    "as long as the budget has twice what one costs",
  );
  assert.ok(
    told.every(({ mostInside }) => mostInside <= 3),
    JSON.stringify(told),
  );
  const limiter = new Limiter({ memory, thread: 0 });
  const used = limiter.standings(levels, moments).map(({ limit, used: stands }) => [limit, stands]);
  assert.deepEqual(used, [
    ["requests-per-minute", 40_000],
    // Ten tokens of each that was reserved.
    ["tokens-per-minute", 200_000],
    ["concurrent-requests", 0],
    ["requests-per-minute", 40_000],
    ["budget", 20_000],
  ]);
});

test("a thread that is ended in the middle of anything leaves no place and no hold, and its number is another's", async () => {
  const memory = createLimitMemory(noPolicy, threads);
  const levels = [limitLevel({ concurrentRequests: 50, budget: budgetOf(1_000_000) })];
  const limiter = new Limiter({ memory, thread: 0 });
  for (let round = 0; round < 4; round++) {
    const inside = new Int32Array(new SharedArrayBuffer(8));
    const worker = hammer(memory, 1, { levels, inside, rounds: 1e9, together: 1 });
    while (Atomics.load(inside, 1) === 0) await delay(1);
    await delay(round);
    await worker.terminate();
    forgetThread(memory, 1);
    const standings = limiter.standings(levels, moments);
    assert.deepEqual(
      standings.map(({ limit, used, period }) => (limit === "budget" ? period?.reserved : used)),
      [0, 0],
    );
    const entrance = limiter.enter(levels, momentAt(0));
    assert.ok(entrance.kind === "admitted");
    entrance.release();
  }
});

test("threads that end at once, each with something locked, are forgotten one after the other", () => {
  const memory = createLimitMemory(noPolicy, threads);
  const levels = [limitLevel({ concurrentRequests: 1 })];
  const [first, second] = [1, 2].map((thread) => viewLimitMemory({ memory, thread }));
  assert.ok(first && second);
  const ofTenant = second.locks.indexOf(lockOf(second, "t"));
  first.locks[(ofTenant + 1) % tenantLocks]?.acquire();
  second.locks[ofTenant]?.acquire();
  // In the control thread, which hears of the second one's end when it is done with the first's.
  forgetThread(memory, 1);
  forgetThread(memory, 2);
  for (const { locks } of [first, second])
    for (const lock of locks) {
      lock.acquire();
      lock.release();
    }
  assert.equal(new Limiter({ memory, thread: 0 }).enter(levels, momentAt(0)).kind, "admitted");
});

test("what a thread had reserved when it died is spent, and no longer under way", () => {
  const memory = createLimitMemory(noPolicy, 2);
  const levels = [limitLevel({ budget: budgetOf(3) })];
  const dying = new Limiter({ memory, thread: 1 });
  assert.equal(dying.reserve(levels, { tokens: 0, cost: moneyOf(3) }, moments).kind, "reserved");
  forgetThread(memory, 1);
  const refusal = new Limiter({ memory, thread: 0 }).reserve(levels, { tokens: 0, cost: 1n }, moments);
  assert.ok(refusal.kind === "refused" && refusal.isSpent);
});

test("a hold of a level that a reload took away is given back to it, for when it is named again", () => {
  const memory = createLimitMemory(noPolicy, 1);
  const before = new Limiter({ memory, thread: 0 });
  const levels = [limitLevel({ concurrentRequests: 1 })];
  const first = before.enter(levels, momentAt(0));
  const other = limitLevel({ kind: "key", id: "t/key/new", concurrentRequests: 1 });
  assert.equal(before.enter([other], momentAt(0)).kind, "admitted");
  assert.equal(before.enter(levels, momentAt(0)).kind, "refused");
  assert.ok(first.kind === "admitted");
  first.release();
  assert.equal(before.enter(levels, momentAt(0)).kind, "admitted");
  assert.equal(before.enter([other], momentAt(0)).kind, "refused");
});

test("an amount of any size that a policy may name is counted exactly", () => {
  const memory = createLimitMemory(noPolicy, 1);
  const limiter = new Limiter({ memory, thread: 0 });
  const levels = [limitLevel({ budget: budgetOf(1_000_000_000) })];
  const [most, little] = [moneyOf(999_999_999), 1n];
  const first = limiter.reserve(levels, { tokens: 0, cost: most }, moments);
  const second = limiter.reserve(levels, { tokens: 0, cost: moneyOf(1) - little }, moments);
  assert.deepEqual([first.kind, second.kind], ["reserved", "reserved"]);
  assert.equal(limiter.reserve(levels, { tokens: 0, cost: 2n }, moments).kind, "refused");
  assert.equal(limiter.reserve(levels, { tokens: 0, cost: little }, moments).kind, "reserved");
  assert.ok(first.kind === "reserved" && second.kind === "reserved");
  first.settle({ tokens: 0, cost: 0n });
  second.settle({ tokens: 0, cost: 0n });
  assert.equal(limiter.reserve(levels, { tokens: 0, cost: moneyOf(1_000_000_000) }, moments).kind, "refused");
  assert.equal(
    limiter.reserve(levels, { tokens: 0, cost: moneyOf(1_000_000_000) - little }, moments).kind,
    "reserved",
  );
});

test("a policy with more levels than there is room for is told before it is in force", () => {
  const memory = createLimitMemory(noPolicy, 1);
  assert.ok(claimLevels(memory, policyOf(1, 10_000)));
  assert.ok(!claimLevels(memory, policyOf(2, 70_000)));
  assert.ok(claimLevels(memory, policyOf(1, 10_000)));
  const limiter = new Limiter({ memory, thread: 0 });
  const [first] = Array.from(policyOf(1, 1).tenants.values(), ({ limits }) => limits).flat();
  assert.ok(first !== undefined);
  assert.equal(limiter.enter([first], momentAt(0)).kind, "admitted");
});

function budgetOf(units: number): NonNullable<LimitLevel["budget"]> {
  return { amount: moneyOf(units), currency: "EUR", per: "month" };
}

function policyOf(tenant: number, levels: number): Pick<Policy, "tenants"> {
  const id = `tenant-${tenant}` as TenantId;
  const named = Array.from({ length: levels }, (_, at) => ({ tenant: id, id: `${id}/key/${at}` }));
  return policyOfLevels(named.map((name) => limitLevel({ ...name, requestsPerMinute: 10 })));
}

function sum(told: readonly Told[], of: (one: Told) => number): number {
  return told.reduce((total, one) => total + of(one), 0);
}
