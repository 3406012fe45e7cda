// What a replica may use of its cell's limits: a part that is its own whatever happens, and what the others lend it for a while.
import type { MonotonicMs } from "../../base/index.ts";
import { type LentLimit, lentLimits } from "../../config/index.ts";
import { lentWordsAt, type LimitMemory, wordsPerLevel } from "./limit-memory.ts";

/** Of the amount for each of them; behind those, until when they are lent, and whether somebody was refused. */
const endsAt = lentLimits.length;
const askedAt = endsAt + 1;

/** Half of a limit belongs to the replicas in equal parts, half is lent. INVARIANT: own parts and the pool are the limit. */
export function ownPart(limit: LentLimit, most: number, replicas: number): number {
  const part = most / (2 * replicas);
  return limit === "concurrent-requests" ? Math.floor(part) : part;
}

export function poolOf(limit: LentLimit, most: number, replicas: number): number {
  return most - replicas * ownPart(limit, most, replicas);
}

/** What refuses when the store is gone, as bits by their place in {@link lentLimits}. */
export function bitsOf(limits: Iterable<LentLimit>): number {
  let bits = 0;
  for (const limit of limits) bits |= 1 << lentLimits.indexOf(limit);
  return bits;
}

/** Of one level. INVARIANT: it is touched under the lock of the tenant whose limits they are. */
export class LentShare {
  readonly #memory: LimitMemory;
  readonly #at: number;

  constructor(memory: LimitMemory, level: number) {
    this.#memory = memory;
    this.#at = level * wordsPerLevel + lentWordsAt;
  }

  /** All of a limit where the cell has one replica. */
  most(limit: LentLimit, most: number, nowMs: MonotonicMs): number {
    const { replicas, store } = this.#memory;
    if (replicas === 1) return most;
    const [thereUntilMs = 0, refusing = 0] = store;
    if (nowMs >= thereUntilMs && (refusing & bitsOf([limit])) !== 0) return 0;
    return ownPart(limit, most, replicas) + this.lent(limit, nowMs);
  }

  /** 0 once the lease is over. */
  lent(limit: LentLimit, nowMs: MonotonicMs): number {
    return nowMs < this.#read(endsAt) ? this.last(limit) : 0;
  }

  /** What the newest lease was of, over or not. */
  last(limit: LentLimit): number {
    return this.#read(lentLimits.indexOf(limit));
  }

  lend(limit: LentLimit, amount: number): void {
    this.#write(lentLimits.indexOf(limit), amount);
  }

  extend(untilMs: MonotonicMs): void {
    this.#write(endsAt, untilMs);
    this.#write(askedAt, 0);
  }

  /** Somebody was refused for what others may lend. */
  ask(): void {
    this.#write(askedAt, 1);
  }

  get isAsked(): boolean {
    return this.#read(askedAt) === 1;
  }

  #read(at: number): number {
    return this.#memory.rates[this.#at + at] ?? 0;
  }

  #write(at: number, value: number): void {
    this.#memory.rates[this.#at + at] = value;
  }
}
