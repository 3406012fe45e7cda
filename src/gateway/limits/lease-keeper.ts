// Owner: the control thread. Renews what the replicas of a cell lend each other, beside the requests that use it.
import { setTimeout as delay } from "node:timers/promises";
import { type InstantMs, later, type MonotonicClock, type MonotonicMs } from "../../base/index.ts";
import { type LentLimit, lentLimits, type LimitLevel, type Policy } from "../../config/index.ts";
import { type LeaseAsks, type LeaseAnswers, leaseMs, type LeaseStore } from "../../store/index.ts";
import { periodAt } from "./budget-period.ts";
import { bitsOf, ownPart, poolOf } from "./fleet-share.ts";
import { type LevelUse, LevelUses } from "./level-use.ts";
import { controlThread, type LimitMemory, lockOf, viewLimitMemory } from "./limit-memory.ts";
import { levelsOf } from "./policy-levels.ts";
import { SpendTally } from "./spend-tally.ts";

/** Between two looks at what is wanted. */
const lookMs = 200;
/** Before a lease is over it is asked for twice more. */
const renewMs = leaseMs / 3;
/** A tenant's budget is lent in such parts of it. */
const budgetParts = 20n;

export interface LeaseKeeperParts {
  readonly memory: SharedArrayBuffer;
  readonly store: LeaseStore;
  /** What lets nothing through once the store is gone. */
  readonly refusing: Iterable<LentLimit>;
  readonly policy: () => Pick<Policy, "tenants">;
  readonly monotonicNow: MonotonicClock;
  /** By which a period is over. */
  readonly countingNow: () => InstantMs;
  /** The store is gone, or there again. */
  readonly onStore: (state: StoreState) => void;
}

/** `refused`: another process has the replica's name, or there are more replicas than the cell file says. */
export type StoreState = "there" | "gone" | "refused";

export class LeaseKeeper {
  readonly #parts: LeaseKeeperParts;
  readonly #memory: LimitMemory;
  readonly #spend: SpendTally;
  readonly #uses: LevelUses;
  readonly #leaving = new AbortController();
  #running: Promise<void> | null = null;
  #renewedAtMs: MonotonicMs | null = null;
  #state: StoreState | null = null;

  constructor(parts: LeaseKeeperParts) {
    this.#parts = parts;
    this.#memory = viewLimitMemory({ memory: parts.memory, thread: controlThread });
    this.#spend = new SpendTally(this.#memory);
    this.#uses = new LevelUses(this.#memory);
    this.#memory.store[1] = bitsOf(parts.refusing);
  }

  /** Resolves when the store was asked once, whatever it said. */
  async start(): Promise<void> {
    await this.round();
    this.#running = this.#run();
  }

  /** What is held goes back; when it cannot, it is over by itself. */
  async close(): Promise<void> {
    this.#leaving.abort();
    await this.#running;
    await this.#parts.store.leave().catch(() => undefined);
  }

  async #run(): Promise<void> {
    const { signal } = this.#leaving;
    while (!signal.aborted) {
      await delay(lookMs, undefined, { signal, ref: false }).catch(() => undefined);
      // What it throws is a fault of ours, or a lock that nobody opens: the next round may find it open.
      if (!signal.aborted) await this.round().catch(() => this.#tell("gone"));
    }
  }

  async round(): Promise<void> {
    const nowMs = this.#parts.monotonicNow();
    const isRenewal = this.#renewedAtMs === null || nowMs >= later(this.#renewedAtMs, renewMs);
    const asks = this.#collect(nowMs, isRenewal);
    if (!isRenewal && asks.shares.length + asks.budgets.length === 0) return;
    // What is short is asked for between renewals, and puts off none: the others' leases would run out meanwhile.
    if (isRenewal) this.#renewedAtMs = nowMs;
    const answers = await this.#parts.store.exchange(asks).catch(() => "gone" as const);
    if (answers === "gone" || answers === null) {
      if (answers === null) this.#refuse();
      this.#tell(answers === null ? "refused" : "gone");
      return;
    }
    // By our clock a lease begins before the question was sent, so it is over with us before it is over for the others.
    this.#apply(answers, nowMs);
    this.#tell("there");
  }

  #collect(nowMs: MonotonicMs, isRenewal: boolean): LeaseAsks {
    const levels = Array.from(levelsOf(this.#parts.policy()));
    return {
      shares: levels.flatMap((level) => this.#locked(level, () => this.#sharesOf(level, nowMs, isRenewal))),
      budgets: levels.flatMap((level) => this.#locked(level, () => this.#budgetOf(level, isRenewal))),
    };
  }

  #sharesOf(level: LimitLevel, nowMs: MonotonicMs, isRenewal: boolean): LeaseAsks["shares"] {
    const use = this.#uses.of(level);
    const wishes = lentLimits.flatMap((limit) => {
      const most = mostOf(level, limit);
      if (most === null) return [];
      const lent = use.lent.lent(limit, nowMs);
      return [{ limit, most, lent, want: this.#wanted(use, { limit, most, lent, nowMs }) }];
    });
    const isIdle = wishes.every(({ want, lent }) => want === 0 && lent === 0);
    const isEnough = wishes.every(({ want, lent }) => want <= lent);
    if (isIdle || (isEnough && !isRenewal)) return [];
    return wishes.map(({ limit, most, lent, want }) => {
      // What is not wanted any more is out of use before the others hear of it.
      const inUse = this.#inUse(use, limit, most);
      const held = Math.min(lent, Math.max(want, inUse));
      use.lend({ limit, stated: most, amount: held, nowMs });
      const pool = poolOf(limit, most, this.#memory.replicas);
      const isWhole = limit === "concurrent-requests";
      return { name: `${level.id} ${limit}`, pool, isWhole, held, inUse, want };
    });
  }

  /** Twice as much while it is short, half as much while most of it is unused. */
  #wanted(
    use: LevelUse,
    { limit, most, lent, nowMs }: { limit: LentLimit; most: number; lent: number; nowMs: MonotonicMs },
  ): number {
    const { replicas } = this.#memory;
    const own = ownPart(limit, most, replicas);
    const pool = poolOf(limit, most, replicas);
    const may = own + lent;
    if (limit === "concurrent-requests") {
      const inUse = use.concurrent;
      const short = use.lent.isAsked || 4 * inUse > 3 * may;
      return Math.min(
        pool,
        short ? Math.max(2 * lent, inUse + 1) : Math.ceil(Math.max(0, 1.5 * inUse - own)),
      );
    }
    const used = may <= 0 ? 0 : use.bucketOf(limit).used(may, nowMs) / may;
    if (use.lent.isAsked || used > 0.5) return Math.min(pool, Math.max(2 * lent, own, pool / replicas / 2));
    return used > 0.1 ? lent : lent < pool / 64 ? 0 : lent / 2;
  }

  /** Of what is lent: places that are in use cannot be given back, even where no more of them may be taken. */
  #inUse(use: LevelUse, limit: LentLimit, most: number): number {
    if (limit !== "concurrent-requests") return 0;
    return Math.max(0, use.concurrent - ownPart(limit, most, this.#memory.replicas));
  }

  #budgetOf({ budget, tenant }: LimitLevel, isRenewal: boolean): LeaseAsks["budgets"] {
    if (budget === null) return [];
    const { sinceMs } = periodAt(budget.per, this.#parts.countingNow());
    const account = this.#spend.of(tenant);
    const { ceiling } = account.lentIn(sinceMs, budget.amount);
    const [spent, part] = [account.since(sinceMs), budget.amount / budgetParts];
    const isShort = account.asked > 0n || spent + part / 2n > ceiling;
    if (!isShort && !isRenewal) return [];
    const want = isShort ? (account.asked > part ? account.asked : part) : 0n;
    return [{ tenant, sinceMs, amount: budget.amount, ceiling, spent, want }];
  }

  #apply({ shares, budgets }: LeaseAnswers, askedAtMs: MonotonicMs): void {
    const untilMs = later(askedAtMs, leaseMs);
    const nowMs = this.#parts.monotonicNow();
    this.#memory.store[0] = untilMs;
    const granted = new Map(shares.map(({ name, granted: amount }) => [name, amount]));
    const lent = new Map(budgets.map((budget) => [budget.tenant, budget]));
    for (const level of levelsOf(this.#parts.policy())) {
      this.#locked(level, () => {
        const use = this.#uses.of(level);
        const amounts = lentLimits.map((limit) => [limit, granted.get(`${level.id} ${limit}`)] as const);
        for (const [limit, amount] of amounts) {
          const stated = mostOf(level, limit);
          if (amount !== undefined && stated !== null) use.lend({ limit, stated, amount, nowMs });
        }
        if (amounts.some(([, amount]) => amount !== undefined)) use.lent.extend(untilMs);
        const budget = level.budget === null ? undefined : lent.get(level.tenant);
        if (budget !== undefined) this.#spend.of(level.tenant).lend(budget.sinceMs, budget);
      });
    }
  }

  /** Two with one name would both use its part. */
  #refuse(): void {
    this.#memory.store[0] = 0;
    this.#memory.store[1] = bitsOf(lentLimits);
  }

  #tell(state: StoreState): void {
    if (state === "there") this.#memory.store[1] = bitsOf(this.#parts.refusing);
    if (state !== this.#state) this.#parts.onStore(state);
    this.#state = state;
  }

  #locked<Value>({ tenant }: LimitLevel, run: () => Value): Value {
    const lock = lockOf(this.#memory, tenant);
    lock.acquire();
    try {
      return run();
    } finally {
      lock.release();
    }
  }
}

function mostOf(level: LimitLevel, limit: LentLimit): number | null {
  const { requestsPerMinute, tokensPerMinute, concurrentRequests } = level;
  if (limit === "requests-per-minute") return requestsPerMinute;
  return limit === "tokens-per-minute" ? tokensPerMinute : concurrentRequests;
}
