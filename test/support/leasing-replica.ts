// A replica of a cell that borrows of the others through a store, with a record of limits of its own.
import { randomUUID } from "node:crypto";
import { type InstantMs, type MonotonicClock } from "../../src/base/index.ts";
import { monotonicNow } from "../../src/clock/index.ts";
import { type LentLimit, type LimitLevel, moneyOf } from "../../src/config/index.ts";
import { LeaseKeeper, type StoreState } from "../../src/gateway/limits/lease-keeper.ts";
import { createLimitMemory } from "../../src/gateway/limits/limit-memory.ts";
import {
  type Admitted,
  Limiter,
  type LimitRefusal,
  type Reserved,
} from "../../src/gateway/limits/limiter.ts";
import { openPostgresLeases } from "../../src/store/index.ts";
import { limitLevel, policyOfLevels } from "./limit-level.ts";

export interface LeasingReplica {
  readonly limiter: Limiter;
  readonly keeper: LeaseKeeper;
  readonly states: StoreState[];
  readonly now: MonotonicClock;
}

export interface LeasingOptions {
  readonly levels: readonly LimitLevel[];
  readonly replica?: string;
  readonly replicas?: number;
  readonly scope: string;
  readonly refusing?: readonly LentLimit[];
  /** Where the store of leases is. */
  readonly at: string;
  readonly countingNow?: () => InstantMs;
  readonly now?: MonotonicClock;
}

/** Its rounds are the test's, not a clock's. */
export function leasingReplica({
  levels,
  replica = "a",
  replicas = 2,
  scope,
  refusing = [],
  at,
  countingNow = Date.now,
  now = monotonicNow,
}: LeasingOptions): LeasingReplica {
  const policy = policyOfLevels(levels);
  const memory = createLimitMemory(policy, 1, replicas);
  const states: StoreState[] = [];
  const store = openPostgresLeases(at, { scope, replica, replicas, incarnation: randomUUID() });
  const onStore = (state: StoreState): void => void states.push(state);
  const keeper = new LeaseKeeper({
    memory,
    store,
    refusing,
    policy: () => policy,
    monotonicNow: now,
    countingNow,
    onStore,
  });
  return { limiter: new Limiter({ memory, thread: 0 }), keeper, states, now };
}

export function enterAndHold(
  { limiter, now }: LeasingReplica,
  levels: readonly LimitLevel[],
): readonly Admitted[] {
  const held: Admitted[] = [];
  for (let next = limiter.enter(levels, now()); next.kind === "admitted";) {
    held.push(next);
    next = limiter.enter(levels, now());
  }
  return held;
}

/** How many get a place, until one is refused. */
export function enterAll(replica: LeasingReplica, levels: readonly LimitLevel[]): number {
  return enterAndHold(replica, levels).length;
}

export function mostOf({ limiter, now }: LeasingReplica, levels: readonly LimitLevel[]): number | undefined {
  return limiter.standings(levels, { monotonicMs: now(), askedMs: Date.now() })[0]?.most;
}

export function reserve(
  { limiter }: LeasingReplica,
  levels: readonly LimitLevel[],
  units: number,
  askedMs = Date.now(),
): Reserved | LimitRefusal {
  const moments = { monotonicMs: monotonicNow(), askedMs, countedMs: askedMs };
  return limiter.reserve(levels, { tokens: 0, cost: moneyOf(units) }, moments);
}

export const places = (most: number): readonly LimitLevel[] => [limitLevel({ concurrentRequests: most })];
export const budget = (units: number): readonly LimitLevel[] => [
  limitLevel({ budget: { amount: moneyOf(units), currency: "EUR", per: "month" } }),
];
