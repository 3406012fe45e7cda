// A thread of a test that takes of limits as often as it can. The clock stands, so that nothing refills.
import { parentPort, workerData } from "node:worker_threads";
import { type LimitLevel, moneyOf } from "../../src/config/index.ts";
import type { LimitSeat } from "../../src/gateway/limits/limit-memory.ts";
import { Limiter } from "../../src/gateway/limits/limiter.ts";
import { dayMs } from "../../src/base/index.ts";
import { momentAt } from "./moment-at.ts";

const { seat, levels, inside, rounds, together } = workerData as {
  readonly seat: LimitSeat;
  readonly levels: readonly LimitLevel[];
  /** How many are inside now, over all threads, and how many threads are ready. */
  readonly inside: Int32Array;
  readonly rounds: number;
  /** Begins when so many threads are ready. */
  readonly together: number;
};

const limiter = new Limiter(seat);
const moments = { monotonicMs: momentAt(0), askedMs: 40 * dayMs, countedMs: 40 * dayMs };
const told = { admitted: 0, reserved: 0, mostInside: 0 };
Atomics.add(inside, 1, 1);
while (Atomics.load(inside, 1) < together) Atomics.wait(inside, 1, Atomics.load(inside, 1), 1);
for (let round = 0; round < rounds; round++) {
  const entrance = limiter.enter(levels, momentAt(0));
  if (entrance.kind === "refused") continue;
  told.admitted++;
  told.mostInside = Math.max(told.mostInside, Atomics.add(inside, 0, 1) + 1);
  // Twice what it costs, for it is settled at the half.
  const reserved = limiter.reserve(levels, { tokens: 20, cost: moneyOf(2) }, moments);
  if (reserved.kind === "reserved") {
    told.reserved++;
    reserved.settle({ tokens: 10, cost: moneyOf(1) });
  }
  Atomics.sub(inside, 0, 1);
  entrance.release();
}
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origins
parentPort?.postMessage(told);
