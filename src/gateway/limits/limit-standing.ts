// Where limits stand, for operators and metrics.
import type { InstantMs, MonotonicMs, TenantId } from "../../base/index.ts";
import { type LimitLevel, unitsOf } from "../../config/index.ts";
import type { Bucket } from "./bucket.ts";
import { periodAt } from "./budget-period.ts";
import type { LevelUse } from "./level-use.ts";
import type { SpendTally } from "./spend-tally.ts";

export type LimitName = "requests-per-minute" | "tokens-per-minute" | "concurrent-requests" | "budget";

/** INVARIANT: plain data, which travels between threads. */
export interface LimitStanding {
  readonly tenant: TenantId;
  readonly level: LimitLevel["kind"];
  /** Of the team or key; null for the tenant. */
  readonly name: string | null;
  readonly limit: LimitName;
  readonly most: number;
  /** With what is reserved for requests under way. It may be more than `most`: see docs/limits.md. */
  readonly used: number;
  /** Of a budget alone. */
  readonly period: BudgetStanding | null;
}

interface BudgetStanding {
  readonly currency: string;
  readonly sinceMs: InstantMs;
  readonly untilMs: InstantMs;
  /** Part of `used`. */
  readonly reserved: number;
}

interface Standing {
  readonly use: LevelUse;
  readonly spend: SpendTally;
  readonly monotonicMs: MonotonicMs;
  readonly askedMs: InstantMs;
}

export function levelStandings(level: LimitLevel, standing: Standing): readonly LimitStanding[] {
  const { use, monotonicMs } = standing;
  const { requestsPerMinute, tokensPerMinute, concurrentRequests } = level;
  return [
    ...rateStanding(level, "requests-per-minute", {
      most: requestsPerMinute,
      bucket: use.requests,
      monotonicMs,
    }),
    ...rateStanding(level, "tokens-per-minute", { most: tokensPerMinute, bucket: use.tokens, monotonicMs }),
    ...(concurrentRequests === null
      ? []
      : [standingOf(level, "concurrent-requests", { most: concurrentRequests, used: use.concurrent })]),
    ...budgetStanding(level, standing),
  ];
}

interface Rate {
  readonly most: number | null;
  readonly bucket: Bucket;
  readonly monotonicMs: MonotonicMs;
}

function rateStanding(
  level: LimitLevel,
  limit: LimitName,
  { most, bucket, monotonicMs }: Rate,
): readonly LimitStanding[] {
  if (most === null) return [];
  const used = Math.ceil(bucket.used(most, monotonicMs));
  return [standingOf(level, limit, { most, used })];
}

function budgetStanding(
  level: LimitLevel,
  { spend, askedMs }: Pick<Standing, "spend" | "askedMs">,
): readonly LimitStanding[] {
  const { budget, tenant } = level;
  if (budget === null) return [];
  const { sinceMs, untilMs } = periodAt(budget.per, askedMs);
  const spent = spend.of(tenant);
  return [
    {
      ...standingOf(level, "budget", {
        most: unitsOf(budget.amount),
        used: unitsOf(spent.since(sinceMs)),
      }),
      period: { currency: budget.currency, sinceMs, untilMs, reserved: unitsOf(spent.held) },
    },
  ];
}

function standingOf(
  { tenant, kind, name }: LimitLevel,
  limit: LimitName,
  { most, used }: Pick<LimitStanding, "most" | "used">,
): LimitStanding {
  return { tenant, level: kind, name, limit, most, used, period: null };
}
