// What is used of a cell's limits, in flat memory that all its threads share. Whose each word is, is said beside it.
import type { Policy } from "../../config/index.ts";
import { levelsOf, tenantsWithBudget } from "./policy-levels.ts";
import { wordsPerAmount } from "./shared-amount.ts";
import { SharedLock } from "./shared-lock.ts";
import { SharedNames } from "./shared-names.ts";

/** What a gateway's thread is given of the record. INVARIANT: plain data, which travels in a message. */
export interface LimitSeat {
  readonly memory: SharedArrayBuffer;
  /** From 0; {@link controlThread} for the control thread. No two threads that live have the same, and the one that takes a dead one's place has its number. */
  readonly thread: number;
}

/** It takes nothing of any limit. */
export const controlThread = -1;

interface Sizes {
  readonly threads: number;
  /** Of levels, of all policies for as long as the cell runs. */
  readonly levels: number;
  /** Of tenants with a budget. */
  readonly accounts: number;
}

/** Of a level: a bucket of requests, one of tokens (bucket.ts), and what other replicas lend it (fleet-share.ts). */
export const wordsPerLevel = 10;
export const lentWordsAt = 4;

/** Of a tenant's account: its days, the sum that is kept, what replicas lend it, and what requests of each thread hold (spend-tally.ts). */
export const accountLayout: Readonly<Record<"days" | "wordsPerDay" | "sumAt" | "lentAt" | "heldAt", number>> =
  {
    /** From the oldest that a period of now may have to a month ahead. */
    days: 64,
    wordsPerDay: 1 + wordsPerAmount,
    sumAt: 64 * (1 + wordsPerAmount),
    lentAt: 65 * (1 + wordsPerAmount),
    /** After a period, a ceiling in it, what others have spent in it, and what was asked for in vain. */
    heldAt: 66 * (1 + wordsPerAmount) + 2 * wordsPerAmount,
  };

export function accountWords(threads: number): number {
  return accountLayout.heldAt + threads * wordsPerAmount;
}

/** All levels of one tenant are under one of them; one more is for names. */
export const tenantLocks = 64;

/** More than a policy of now has: memory that nobody touches is not there. */
const leastLevels = 65_536;
const leastAccounts = 4_096;

/**
 * To be called in the control thread, once in the life of a cell; each gateway's thread gets it with its number in its start.
 * There is room for reloads, since names are never dropped.
 */
export function createLimitMemory(
  policy: Pick<Policy, "tenants">,
  threads = 1,
  replicas = 1,
): SharedArrayBuffer {
  const levels = Math.max(leastLevels, 4 * Array.from(levelsOf(policy)).length);
  const accounts = Math.max(leastAccounts, 4 * tenantsWithBudget(policy).length);
  const memory = new SharedArrayBuffer(layoutOf({ threads, levels, accounts }).end);
  new Int32Array(memory).set([threads, levels, accounts, replicas]);
  return memory;
}

/** One thread's view of the record. */
export interface LimitMemory extends Sizes {
  readonly thread: number;
  /** Of the cell; with one, limits are its own. */
  readonly replicas: number;
  /** Until when the store of leases counts as there, and what is refused when it is not (fleet-share.ts). */
  readonly store: Float64Array;
  readonly levelNames: SharedNames;
  readonly accountNames: SharedNames;
  /** {@link wordsPerLevel} of each level; under the tenant's lock. */
  readonly rates: Float64Array;
  /** Of each level the places in use, one word a thread, which that thread alone writes. */
  readonly places: Int32Array;
  /** {@link accountWords} of each tenant with a budget; under the tenant's lock. */
  readonly money: BigInt64Array;
  readonly locks: readonly SharedLock[];
}

export function viewLimitMemory({ memory, thread }: LimitSeat): LimitMemory {
  const [threads = 0, levels = 0, accounts = 0, replicas = 1] = new Int32Array(memory, 0, 4);
  if (thread >= threads)
    throw new TypeError(`the record of limits is for ${threads} threads, and has no number ${thread}`);
  const layout = layoutOf({ threads, levels, accounts });
  const lockWords = new Int32Array(memory, layout.locks, tenantLocks + 1);
  const naming = new SharedLock(lockWords, tenantLocks, thread);
  const names = (kind: number, digestsAt: number, size: number): SharedNames =>
    new SharedNames({
      count: new Int32Array(memory, layout.nameCounts, 2).subarray(kind, kind + 1),
      digests: new BigUint64Array(memory, digestsAt, 2 * size),
      lock: naming,
    });
  return {
    threads,
    levels,
    accounts,
    thread,
    replicas,
    store: new Float64Array(memory, layout.store, 2),
    levelNames: names(0, layout.levelNames, levels),
    accountNames: names(1, layout.accountNames, accounts),
    rates: new Float64Array(memory, layout.rates, levels * wordsPerLevel),
    places: new Int32Array(memory, layout.places, levels * threads),
    money: new BigInt64Array(memory, layout.money, accounts * accountWords(threads)),
    locks: [...Array.from({ length: tenantLocks }, (_, at) => new SharedLock(lockWords, at, thread)), naming],
  };
}

type Part =
  | "nameCounts"
  | "store"
  | "locks"
  | "levelNames"
  | "accountNames"
  | "rates"
  | "places"
  | "money"
  | "end";

/** Where each part begins, in bytes; before the first are the sizes. Parts of wide words come first, so that all are aligned. */
function layoutOf({ threads, levels, accounts }: Sizes): Readonly<Record<Part, number>> {
  const [int32, int64] = [Int32Array.BYTES_PER_ELEMENT, BigInt64Array.BYTES_PER_ELEMENT];
  const header = 4 * int32;
  const nameCounts = header;
  const store = nameCounts + 2 * int32;
  const levelNames = store + 2 * int64;
  const accountNames = levelNames + 2 * int64 * levels;
  const rates = accountNames + 2 * int64 * accounts;
  const money = rates + int64 * wordsPerLevel * levels;
  const locks = money + int64 * accountWords(threads) * accounts;
  const places = locks + int32 * (tenantLocks + 1);
  const end = places + int32 * threads * levels;
  return { nameCounts, store, locks, levelNames, accountNames, rates, places, money, end };
}

/** Whether every level of a policy has its words. To be called in the control thread before the policy is in force anywhere. */
export function claimLevels(memory: SharedArrayBuffer, policy: Pick<Policy, "tenants">): boolean {
  const { levelNames, accountNames } = viewLimitMemory({ memory, thread: controlThread });
  const levels = Array.from(levelsOf(policy), ({ id }) => levelNames.numberOf(id));
  const accounts = tenantsWithBudget(policy).map((tenant) => accountNames.numberOf(tenant));
  return [...levels, ...accounts].every((number) => number !== null);
}

/** The lock of all levels of a tenant, the same in every thread. */
export function lockOf({ locks }: LimitMemory, tenant: string): SharedLock {
  let hash = 0;
  for (let at = 0; at < tenant.length; at++) hash = (Math.imul(hash, 31) + tenant.charCodeAt(at)) | 0;
  return locks[(hash >>> 0) % tenantLocks] as SharedLock;
}
