// Owner: each gateway's thread has one of its own, and all of a cell work on one record (limit-memory.ts).
import type { InstantMs, MonotonicMs } from "../../base/index.ts";
import type { LimitLevel, Money } from "../../config/index.ts";
import { periodAt } from "./budget-period.ts";
import { LevelUses } from "./level-use.ts";
import { type LimitMemory, type LimitSeat, lockOf, viewLimitMemory } from "./limit-memory.ts";
import { levelStandings, type LimitName, type LimitStanding } from "./limit-standing.ts";
import { SpendTally } from "./spend-tally.ts";

/** A limit that has no room now. */
export interface LimitRefusal {
  readonly kind: "refused";
  readonly level: LimitLevel;
  /** As the policy spells it. */
  readonly limit: LimitName;
  readonly waitMs: number;
  /** Money that is spent; what requests under way merely hold may come back at any moment. */
  readonly isSpent: boolean;
}

export interface Admitted {
  readonly kind: "admitted";
  release(): void;
}

export interface Reserved {
  readonly kind: "reserved";
  /** What was used in the end, in the place of what was reserved. */
  settle(used: Amounts): void;
}

interface Amounts {
  readonly tokens: number;
  readonly cost: Money;
}

export interface Moments {
  readonly monotonicMs: MonotonicMs;
  /** At which the period is that is asked about. */
  readonly askedMs: InstantMs;
  /** At which the request counts. */
  readonly countedMs: InstantMs;
}

/**
 * What requests use of their levels' limits, in all threads of the cell. INVARIANT: a request that one level refuses uses
 * nothing of any, for all are looked at, and then taken from, under one lock: all of them are the same tenant's.
 */
export class Limiter {
  readonly #memory: LimitMemory;
  readonly #spend: SpendTally;
  /** By what a policy calls them, since two policies may have the same level. */
  readonly #uses: LevelUses;

  constructor(seat: LimitSeat) {
    this.#memory = viewLimitMemory(seat);
    this.#spend = new SpendTally(this.#memory);
    this.#uses = new LevelUses(this.#memory);
  }

  /** Counts a request in until `release`, or says which limit has no room for it. */
  enter(levels: readonly LimitLevel[], nowMs: MonotonicMs): Admitted | LimitRefusal {
    const uses = levels.map((level) => this.#uses.of(level));
    return this.#locked(levels, () => {
      let refusal: LimitRefusal | null = null;
      for (const level of levels) refusal = longerWait(refusal, this.#refusalOfEntrance(level, nowMs));
      if (refusal) return refusal;
      for (let at = 0; at < levels.length; at++) {
        uses[at]?.takePlace();
        if (levels[at]?.requestsPerMinute !== null) uses[at]?.requests.add(1);
      }
      return {
        kind: "admitted",
        release() {
          for (const use of uses) use.leavePlace();
        },
      };
    });
  }

  /** Takes the most that a request may use, until `settle`, or says which limit has no room for it. */
  reserve(levels: readonly LimitLevel[], most: Amounts, moments: Moments): Reserved | LimitRefusal {
    return this.#locked(levels, () => {
      const refusal = longestWait(levels.flatMap((level) => this.#refusalsOfUse(level, most, moments)));
      if (refusal) return refusal;
      const buckets = levels
        .filter(({ tokensPerMinute }) => tokensPerMinute !== null)
        .map((level) => this.#uses.of(level).tokens);
      for (const bucket of buckets) bucket.add(most.tokens);
      const holds = levels.flatMap(({ budget, tenant }) =>
        budget === null ? [] : [this.#spend.of(tenant).hold(moments, most.cost)],
      );
      return {
        kind: "reserved",
        settle: (used) =>
          this.#locked(levels, () => {
            for (const bucket of buckets) bucket.add(used.tokens - most.tokens);
            for (const settle of holds) settle(used.cost);
          }),
      };
    });
  }

  /** Where each limit of these levels stands. */
  standings(
    levels: Iterable<LimitLevel>,
    moments: Pick<Moments, "monotonicMs" | "askedMs">,
  ): readonly LimitStanding[] {
    return Array.from(levels).flatMap((level) =>
      this.#locked([level], () =>
        levelStandings(level, { use: this.#uses.of(level), spend: this.#spend, ...moments }),
      ),
    );
  }

  #refusalOfEntrance(level: LimitLevel, nowMs: MonotonicMs): LimitRefusal | null {
    const { requestsPerMinute, concurrentRequests } = level;
    const use = this.#uses.of(level);
    let refusal: LimitRefusal | null = null;
    if (concurrentRequests !== null) {
      const most = use.lent.most("concurrent-requests", concurrentRequests, nowMs);
      if (use.concurrent >= most) refusal = refused(level, "concurrent-requests", soonMs);
    }
    if (requestsPerMinute !== null) {
      const most = use.lent.most("requests-per-minute", requestsPerMinute, nowMs);
      const waitMs = use.requests.waitMs(1, most, nowMs);
      if (waitMs > 0) refusal = longerWait(refusal, refused(level, "requests-per-minute", waitMs));
    }
    if (refusal !== null) use.lent.ask();
    return refusal;
  }

  #refusalsOfUse(
    level: LimitLevel,
    most: Amounts,
    { monotonicMs, askedMs }: Moments,
  ): readonly LimitRefusal[] {
    const { tokensPerMinute, budget, tenant } = level;
    const refusals: LimitRefusal[] = [];
    if (tokensPerMinute !== null) {
      const use = this.#uses.of(level);
      const perMinute = use.lent.most("tokens-per-minute", tokensPerMinute, monotonicMs);
      const waitMs = use.tokens.waitMs(most.tokens, perMinute, monotonicMs);
      if (waitMs > 0) refusals.push(refused(level, "tokens-per-minute", waitMs));
      if (waitMs > 0) use.lent.ask();
    }
    if (budget !== null) {
      const { sinceMs, untilMs } = periodAt(budget.per, askedMs);
      const spend = this.#spend.of(tenant);
      const total = spend.since(sinceMs) + most.cost;
      const { ceiling, spentByOthers } = spend.lentIn(sinceMs, budget.amount);
      const isSpent = total - spend.held + spentByOthers > budget.amount;
      if (total > ceiling) spend.ask(most.cost);
      if (total > ceiling)
        refusals.push({ ...refused(level, "budget", isSpent ? untilMs - askedMs : soonMs), isSpent });
    }
    return refusals;
  }

  #locked<Value>([first]: readonly LimitLevel[], run: () => Value): Value {
    const lock = lockOf(this.#memory, first?.tenant ?? "");
    lock.acquire();
    try {
      return run();
    } finally {
      lock.release();
    }
  }
}

/** When a request under way ends nobody knows; a second is short for a person and long for a machine. */
const soonMs = 1_000;

function refused(level: LimitLevel, limit: LimitName, waitMs: number): LimitRefusal {
  return { kind: "refused", level, limit, waitMs, isSpent: false };
}

/** Who comes back after a shorter wait would be refused by the other limit. */
function longestWait(refusals: readonly LimitRefusal[]): LimitRefusal | null {
  return refusals.reduce<LimitRefusal | null>(longerWait, null);
}

/** Of two that are as long the first. */
function longerWait(first: LimitRefusal | null, next: LimitRefusal | null): LimitRefusal | null {
  return first === null || (next !== null && next.waitMs > first.waitMs) ? next : first;
}
