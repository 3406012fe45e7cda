// How much of a limit each replica of a cell has for a while. Pure: a database calls it between reading and writing.

/** A part of a limit that replicas lend each other, and what one of them asks of it. */
export interface ShareAsk {
  /** Whose limit, and which. */
  readonly name: string;
  /** All that may be lent. What each replica has in any case is not of it. */
  readonly pool: number;
  readonly isWhole: boolean;
  /** What the replica says that it may use until it is answered. */
  readonly held: number;
  /** What it cannot give up, because it is in use. More than `held` where it has been told to use less, or its lease was over. */
  readonly inUse: number;
  readonly want: number;
}

export interface ShareAnswer {
  readonly name: string;
  /** What it has from now on. Below `held` where others want what it has beyond its fair share. */
  readonly granted: number;
}

export interface HeldShare {
  readonly held: number;
  readonly want: number;
}

/** What the store knows of one share, of leases that are not over. */
export interface KnownShares {
  /** What the one that asks holds; 0 where it holds nothing any more, whatever it says. */
  readonly own: number;
  readonly others: readonly HeldShare[];
}

export interface GrantedShare {
  readonly granted: number;
  /** What nobody else may have until the replica asks again, or its lease is over. */
  readonly held: number;
}

/**
 * INVARIANT: what all hold never comes above the pool through a grant. A replica gives up what it has only by asking for less,
 * or by being away for longer than its lease: what the others were lent meanwhile it does not have any more.
 */
export function grantShare(
  { pool, isWhole, held, inUse, want }: ShareAsk,
  { own, others }: KnownShares,
  replicas: number,
): GrantedShare {
  const fair = isWhole ? Math.floor(pool / replicas) : pool / replicas;
  const free = pool - sum(others, (other) => other.held);
  const left = pool - sum(others, (other) => Math.min(other.want, fair));
  const target = Math.min(want, Math.max(fair, left));
  const most = Math.max(Math.min(held, own), Math.min(target, free));
  return { granted: Math.max(0, Math.min(most, target)), held: Math.max(most, inUse) };
}

/** A tenant's budget in one period, and what one replica knows of it. Amounts are whole numbers. */
export interface BudgetAsk {
  readonly tenant: string;
  /** The beginning of the period. */
  readonly sinceMs: number;
  readonly amount: bigint;
  /** Up to where the replica may spend until it is answered. */
  readonly ceiling: bigint;
  /** All that it has spent in the period, by its ledger, and what it has reserved. */
  readonly spent: bigint;
  readonly want: bigint;
}

export interface BudgetAnswer {
  readonly tenant: string;
  readonly sinceMs: number;
  readonly ceiling: bigint;
  readonly spentByOthers: bigint;
}

export interface HeldBudget {
  readonly ceiling: bigint;
  readonly spent: bigint;
}

/** INVARIANT: ceilings never add up to more than the budget through a grant. They do not end by time: what a replica that is gone may have spent, only its ledger knows. */
export function grantBudget(
  { amount, ceiling, spent, want }: BudgetAsk,
  others: readonly HeldBudget[],
): Omit<BudgetAnswer, "tenant" | "sinceMs"> {
  const taken = others.reduce((total, other) => total + greater(other.ceiling, other.spent), 0n);
  const most = amount - taken;
  const wanted = spent + want;
  const granted = wanted < most ? wanted : most;
  return {
    ceiling: greater(greater(ceiling, spent), granted),
    spentByOthers: others.reduce((total, other) => total + other.spent, 0n),
  };
}

function sum<Value>(values: readonly Value[], of: (value: Value) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}

function greater(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}
