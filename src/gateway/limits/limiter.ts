// Owner: the gateway's thread. With several, each level's use is a flat shared record, so that a limit is the cell's.
import type { InstantMs, MonotonicMs } from "../../base/index.ts";
import type { LimitLevel, Money } from "../../config/index.ts";
import { Bucket } from "./bucket.ts";
import { periodAt } from "./budget-period.ts";
import type { LevelUse } from "./level-use.ts";
import { levelStandings, type LimitName, type LimitStanding } from "./limit-standing.ts";
import type { SpendTally } from "./spend-tally.ts";

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
 * What requests use of their levels' limits in this process. INVARIANT: a request that one level refuses uses nothing of any,
 * for all are looked at, and then taken from, in one turn of the event loop.
 */
export class Limiter {
  readonly #uses = new Map<string, LevelUse>();
  readonly #spend: SpendTally;

  constructor(spend: SpendTally) {
    this.#spend = spend;
  }

  /** Counts a request in until `release`, or says which limit has no room for it. */
  enter(levels: readonly LimitLevel[], nowMs: MonotonicMs): Admitted | LimitRefusal {
    const refusal = longestWait(levels.flatMap((level) => this.#refusalsOfEntrance(level, nowMs)));
    if (refusal) return refusal;
    const uses = levels.map((level) => this.#use(level));
    for (const [at, level] of levels.entries()) {
      const use = uses[at];
      if (use === undefined) continue;
      use.concurrent++;
      if (level.requestsPerMinute !== null) use.requests?.take(1);
    }
    return {
      kind: "admitted",
      release() {
        for (const use of uses) use.concurrent--;
      },
    };
  }

  /** Takes the most that a request may use, until `settle`, or says which limit has no room for it. */
  reserve(levels: readonly LimitLevel[], most: Amounts, moments: Moments): Reserved | LimitRefusal {
    const refusal = longestWait(levels.flatMap((level) => this.#refusalsOfUse(level, most, moments)));
    if (refusal) return refusal;
    const buckets = levels.flatMap((level) => {
      const { tokens } = this.#use(level);
      return level.tokensPerMinute === null || tokens === null ? [] : [tokens];
    });
    for (const bucket of buckets) bucket.take(most.tokens);
    const holds = levels.flatMap(({ budget, tenant }) =>
      budget === null ? [] : [this.#spend.of(tenant).hold(moments.countedMs, most.cost)],
    );
    return {
      kind: "reserved",
      settle(used) {
        for (const bucket of buckets) bucket.giveBack(most.tokens - used.tokens);
        for (const settle of holds) settle(used.cost);
      },
    };
  }

  /** Where each limit of these levels stands. */
  standings(
    levels: Iterable<LimitLevel>,
    moments: Pick<Moments, "monotonicMs" | "askedMs">,
  ): readonly LimitStanding[] {
    return Array.from(levels).flatMap((level) =>
      levelStandings(level, { use: this.#use(level), spend: this.#spend, ...moments }),
    );
  }

  #refusalsOfEntrance(level: LimitLevel, nowMs: MonotonicMs): readonly LimitRefusal[] {
    const { requestsPerMinute, concurrentRequests } = level;
    const use = this.#use(level);
    const refusals: LimitRefusal[] = [];
    if (concurrentRequests !== null && use.concurrent >= concurrentRequests)
      refusals.push(refused(level, "concurrent-requests", soonMs));
    if (requestsPerMinute !== null) {
      use.requests ??= new Bucket(requestsPerMinute, nowMs);
      const waitMs = use.requests.waitMs(1, requestsPerMinute, nowMs);
      if (waitMs > 0) refusals.push(refused(level, "requests-per-minute", waitMs));
    }
    return refusals;
  }

  #refusalsOfUse(
    level: LimitLevel,
    most: Amounts,
    { monotonicMs, askedMs }: Moments,
  ): readonly LimitRefusal[] {
    const { tokensPerMinute, budget, tenant } = level;
    const use = this.#use(level);
    const refusals: LimitRefusal[] = [];
    if (tokensPerMinute !== null) {
      use.tokens ??= new Bucket(tokensPerMinute, monotonicMs);
      const waitMs = use.tokens.waitMs(most.tokens, tokensPerMinute, monotonicMs);
      if (waitMs > 0) refusals.push(refused(level, "tokens-per-minute", waitMs));
    }
    if (budget !== null) {
      const { sinceMs, untilMs } = periodAt(budget.per, askedMs);
      const spend = this.#spend.of(tenant);
      const total = spend.since(sinceMs) + most.cost;
      const isSpent = total - spend.held > budget.amount;
      if (total > budget.amount)
        refusals.push({ ...refused(level, "budget", isSpent ? untilMs - askedMs : soonMs), isSpent });
    }
    return refusals;
  }

  #use({ id }: LimitLevel): LevelUse {
    const use = this.#uses.get(id) ?? { concurrent: 0, requests: null, tokens: null };
    this.#uses.set(id, use);
    return use;
  }
}

/** When a request under way ends nobody knows; a second is short for a person and long for a machine. */
const soonMs = 1_000;

function refused(level: LimitLevel, limit: LimitName, waitMs: number): LimitRefusal {
  return { kind: "refused", level, limit, waitMs, isSpent: false };
}

/** Who comes back after a shorter wait would be refused by the other limit. */
function longestWait(refusals: readonly LimitRefusal[]): LimitRefusal | null {
  return refusals.reduce<LimitRefusal | null>(
    (longest, next) => (longest === null || next.waitMs > longest.waitMs ? next : longest),
    null,
  );
}
