import { dayMs, type InstantMs, type TenantId } from "../../base/index.ts";
import type { Money } from "../../config/index.ts";
import { accountLayout, accountWords, type LimitMemory } from "./limit-memory.ts";
import { periodAt } from "./budget-period.ts";
import { readAmount, wordsPerAmount, writeAmount } from "./shared-amount.ts";

/**
 * What tenants with a budget have spent, in memory that all threads share. INVARIANT: never less than the ledger holds: a
 * request is in it, at the most that it may cost, before anything is sent, and at what it cost once that is known.
 *
 * Nothing of it is on disk: if we crash, the next start reads it from the ledger (ledger-spend.ts).
 */
export class SpendTally {
  readonly #memory: LimitMemory;
  readonly #accounts = new Map<TenantId, TenantSpend>();

  constructor(memory: LimitMemory) {
    this.#memory = memory;
  }

  /** One that had no budget before begins with nothing. INVARIANT: what is done with it is done under the tenant's lock. */
  of(tenant: TenantId): TenantSpend {
    const known = this.#accounts.get(tenant);
    if (known !== undefined) return known;
    const number = this.#memory.accountNames.numberOf(tenant);
    // The control thread claims all numbers of a policy before it is in force (limit-memory.ts).
    if (number === null) throw new TypeError("the record of limits has no room for another budget");
    const spend = new TenantSpend(this.#memory, number);
    this.#accounts.set(tenant, spend);
    return spend;
  }
}

/**
 * Of a thread that has ended nobody will say what its requests cost, so they have cost what was held for them. It needs no lock:
 * what the thread held nobody else writes, and a sum that another one keeps meanwhile is right, or counted anew.
 */
export function forgetHeldBy(memory: LimitMemory, ended: number): void {
  for (let account = 0; account < memory.accountNames.count; account++)
    new TenantSpend(memory, account).forgetHeldBy(ended);
}

/** When a request counts, and the time by which periods are over. */
interface Dates {
  readonly countedMs: InstantMs;
  readonly askedMs: InstantMs;
}

const { days, wordsPerDay, sumAt, lentAt, heldAt } = accountLayout;

export interface LentMoney {
  readonly ceiling: Money;
  /** As the store of leases knows it. */
  readonly spentByOthers: Money;
}

/** By the day of UTC: all periods are made of days. Of each day its number, from 1, and what was spent; 0 is no day. */
class TenantSpend {
  readonly #money: BigInt64Array;
  readonly #at: number;
  readonly #threads: number;
  readonly #thread: number;
  readonly #isAlone: boolean;

  constructor({ money, threads, thread, replicas }: LimitMemory, account: number) {
    this.#isAlone = replicas === 1;
    this.#money = money;
    this.#at = account * accountWords(threads);
    this.#threads = threads;
    this.#thread = thread;
  }

  /** Counts the most that a request may cost, until the function that is returned says what it did. */
  hold(dates: Dates, most: Money): (cost: Money) => void {
    const day = this.#dayFor(dates);
    const label = this.#read(day);
    this.#add(day, most);
    this.#addHeld(most);
    return (cost) => {
      // The day of a request that ran for two months has made room for another: what it gives back is not of that one.
      if (this.#read(day) === label || cost > most) this.#add(day, cost - most);
      this.#addHeld(-most);
    };
  }

  /** What the ledger says was spent. */
  add(countedMs: InstantMs, amount: Money): void {
    this.#add(this.#dayFor({ countedMs, askedMs: 0 }), amount);
  }

  /** With what is held; and with what counts for later days, which the clock that asks may not have reached. */
  since(sinceMs: InstantMs): Money {
    const firstDay = numberOf(sinceMs);
    const sum = this.#at + sumAt;
    if (this.#read(sum) !== firstDay) {
      writeAmount(this.#money, sum + 1, this.#sumFrom(firstDay));
      this.#money[sum] = firstDay;
    }
    return readAmount(this.#money, sum + 1);
  }

  /** For requests under way in all threads, of whichever day. */
  get held(): Money {
    let held = 0n;
    for (let thread = 0; thread < this.#threads; thread++)
      held += readAmount(this.#money, this.#heldAt(thread));
    return held;
  }

  /** Up to where this replica may spend in the period; what was lent for another one is not for this. */
  lentIn(sinceMs: InstantMs, amount: Money): LentMoney {
    if (this.#isAlone) return { ceiling: amount, spentByOthers: 0n };
    const at = this.#at + lentAt;
    if (this.#read(at) !== numberOf(sinceMs)) return { ceiling: 0n, spentByOthers: 0n };
    const ceiling = readAmount(this.#money, at + 1);
    return {
      ceiling: ceiling < amount ? ceiling : amount,
      spentByOthers: readAmount(this.#money, at + 1 + wordsPerAmount),
    };
  }

  lend(sinceMs: InstantMs, { ceiling, spentByOthers }: LentMoney): void {
    const at = this.#at + lentAt;
    writeAmount(this.#money, at + 1, ceiling);
    writeAmount(this.#money, at + 1 + wordsPerAmount, spentByOthers);
    writeAmount(this.#money, at + 1 + 2 * wordsPerAmount, 0n);
    this.#money[at] = numberOf(sinceMs);
  }

  /** There was no room for so much, which other replicas may lend. */
  ask(cost: Money): void {
    if (!this.#isAlone && cost > this.asked) writeAmount(this.#money, this.#askedAt, cost);
  }

  get asked(): Money {
    return readAmount(this.#money, this.#askedAt);
  }

  get #askedAt(): number {
    return this.#at + lentAt + 1 + 2 * wordsPerAmount;
  }

  forgetHeldBy(ended: number): void {
    writeAmount(this.#money, this.#heldAt(ended), 0n);
    // It may have ended between a day and the sum.
    this.#forgetSum();
  }

  /**
   * Where the words of the day are. A day that is over for every period makes room. One that is not, two months before or
   * after another, is by a clock that was set wrong: then both count as the later one, which is in every period that
   * either is in.
   */
  #dayFor({ countedMs, askedMs }: Dates): number {
    const day = numberOf(countedMs);
    const at = this.#at + (Number(day) % days) * wordsPerDay;
    const label = this.#read(at);
    if (label >= day) return at;
    if (label < numberOf(periodAt("month", askedMs).sinceMs)) writeAmount(this.#money, at + 1, 0n);
    this.#money[at] = day;
    this.#forgetSum();
    return at;
  }

  #add(at: number, amount: Money): void {
    writeAmount(this.#money, at + 1, readAmount(this.#money, at + 1) + amount);
    const sum = this.#at + sumAt;
    const firstDay = this.#read(sum);
    if (firstDay !== 0n && this.#read(at) >= firstDay)
      writeAmount(this.#money, sum + 1, readAmount(this.#money, sum + 1) + amount);
  }

  #addHeld(amount: Money): void {
    const at = this.#heldAt(this.#thread);
    writeAmount(this.#money, at, readAmount(this.#money, at) + amount);
  }

  #heldAt(thread: number): number {
    return this.#at + heldAt + thread * wordsPerAmount;
  }

  #forgetSum(): void {
    this.#money[this.#at + sumAt] = 0n;
  }

  #sumFrom(firstDay: bigint): Money {
    let amount = 0n;
    for (let at = this.#at; at < this.#at + sumAt; at += wordsPerDay)
      if (this.#read(at) >= firstDay) amount += readAmount(this.#money, at + 1);
    return amount;
  }

  #read(at: number): bigint {
    return this.#money[at] ?? 0n;
  }
}

/** From 1, so that 0 is no day. */
function numberOf(atMs: InstantMs): bigint {
  return BigInt(Math.max(0, Math.floor(atMs / dayMs)) + 1);
}
