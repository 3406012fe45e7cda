// A replica of a test, in a thread of its own: its own record of limits, its own leases, and callers that never rest.
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { monotonicNow } from "../../src/clock/index.ts";
import { elapsedMs } from "../../src/base/index.ts";
import { type LimitLevel, moneyOf } from "../../src/config/index.ts";
import { LeaseKeeper } from "../../src/gateway/limits/lease-keeper.ts";
import { createLimitMemory } from "../../src/gateway/limits/limit-memory.ts";
import { Limiter } from "../../src/gateway/limits/limiter.ts";
import { openPostgresLeases } from "../../src/store/index.ts";
import { policyOfLevels } from "./limit-level.ts";

const { url, replica, replicas, levels, inside, forMs } = workerData as {
  readonly url: string;
  readonly replica: string;
  readonly replicas: number;
  readonly levels: readonly LimitLevel[];
  /** How many are inside now, over all replicas. */
  readonly inside: Int32Array;
  readonly forMs: number;
};

const policy = policyOfLevels(levels);
const memory = createLimitMemory(policy, 1, replicas);
const keeper = new LeaseKeeper({
  memory,
  store: openPostgresLeases(url, { scope: "test/cell", replica, replicas, incarnation: randomUUID() }),
  refusing: [],
  policy: () => policy,
  monotonicNow,
  countingNow: Date.now,
  onStore: () => undefined,
});
await keeper.start();
const limiter = new Limiter({ memory, thread: 0 });
const told = { admitted: 0, units: 0, mostInside: 0 };
const startedAt = monotonicNow();
while (elapsedMs(startedAt, monotonicNow()) < forMs) {
  const entrance = limiter.enter(levels, monotonicNow());
  if (entrance.kind === "refused") await delay(2);
  else void hold(() => entrance.release());
}
await delay(50);
await keeper.close();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origins
parentPort?.postMessage(told);

async function hold(release: () => void): Promise<void> {
  told.admitted++;
  told.mostInside = Math.max(told.mostInside, Atomics.add(inside, 0, 1) + 1);
  const moments = { monotonicMs: monotonicNow(), askedMs: Date.now(), countedMs: Date.now() };
  const reserved = limiter.reserve(levels, { tokens: 0, cost: moneyOf(2) }, moments);
  await delay(10);
  if (reserved.kind === "reserved") {
    told.units++;
    reserved.settle({ tokens: 0, cost: moneyOf(1) });
  }
  Atomics.sub(inside, 0, 1);
  release();
}
