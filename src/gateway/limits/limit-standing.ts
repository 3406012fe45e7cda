// Where limits stand, for operators and metrics.
import type { InstantMs, MonotonicMs, TenantId } from "../../base/index.ts";
import { type LimitLevel, unitsOf } from "../../config/index.ts";
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
  /** Of several replicas: what this one may use now. */
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
    ...rateStanding(level, "requests-per-minute", requestsPerMinute, standing),
    ...rateStanding(level, "tokens-per-minute", tokensPerMinute, standing),
    ...(concurrentRequests === null
      ? []
      : [
          standingOf(level, "concurrent-requests", {
            most: use.lent.most("concurrent-requests", concurrentRequests, monotonicMs),
            used: use.concurrent,
          }),
        ]),
    ...budgetStanding(level, standing),
  ];
}

function rateStanding(
  level: LimitLevel,
  limit: "requests-per-minute" | "tokens-per-minute",
  stated: number | null,
  { use, monotonicMs }: Pick<Standing, "use" | "monotonicMs">,
): readonly LimitStanding[] {
  if (stated === null) return [];
  const most = use.lent.most(limit, stated, monotonicMs);
  return [standingOf(level, limit, { most, used: Math.ceil(use.bucketOf(limit).used(most, monotonicMs)) })];
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
        most: unitsOf(spent.lentIn(sinceMs, budget.amount).ceiling),
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
