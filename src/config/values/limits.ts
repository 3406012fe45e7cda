// What a tenant, a team of it and a key of either may use, and what models cost.
import type { TenantId } from "../../base/index.ts";

/** In millionths of a millionth of a currency's unit: so the price of one token is a whole number, and sums are exact. */
export type Money = bigint;

/** Of one token. */
export interface Price {
  readonly input: Money;
  /** Of a token of the input that the provider had already read. */
  readonly cached: Money;
  readonly output: Money;
  readonly currency: string;
}

/** The most tokens that a model reads, and that one answer of it has. */
export interface ModelTokens {
  readonly context: number;
  readonly output: number;
}

/** Limits that replicas of a cell lend each other for seconds, as a policy spells them. */
export const lentLimits = ["requests-per-minute", "tokens-per-minute", "concurrent-requests"] as const;
export type LentLimit = (typeof lentLimits)[number];

export const budgetPeriods = ["day", "month"] as const;

/** Of the calendar in UTC. */
export type BudgetPeriod = (typeof budgetPeriods)[number];

export interface Budget {
  readonly amount: Money;
  readonly currency: string;
  readonly per: BudgetPeriod;
}

/** One set of limits, and whose it is. A request must pass those of its key, of the key's team and of the tenant. */
export interface LimitLevel {
  readonly kind: "tenant" | "team" | "key";
  readonly tenant: TenantId;
  /** Of the team or key within its tenant; null for the tenant. */
  readonly name: string | null;
  /** Tells it from all others, in every policy. */
  readonly id: string;
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  readonly concurrentRequests: number | null;
  /** Of a tenant alone: the ledger names whose request it was by the tenant. */
  readonly budget: Budget | null;
}

const perUnit = 10n ** 6n;

/** From a number with six decimals at most. */
export function moneyOf(units: number): Money {
  return pricePerToken(units) * perUnit;
}

/** From a price per million tokens. */
export function pricePerToken(perMillion: number): Money {
  return BigInt(Math.round(perMillion * 1_000_000));
}

/** For people and programs that add nothing up: cut to six decimals. */
export function unitsOf(money: Money): number {
  return Number(money / perUnit) / 1_000_000;
}
