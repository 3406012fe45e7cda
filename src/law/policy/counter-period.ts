// Over which period a law counts people.
import { dayMs, type InstantMs } from "../../base/index.ts";

export const counterPeriods = ["calendar-year", "12-months"] as const;

export type CounterPeriod =
  /** Since the law's own 1 January: how far its clocks are from UTC, at the least and at the most. */
  | { readonly kind: "calendar-year"; readonly leastMs: number; readonly greatestMs: number }
  | { readonly kind: "12-months" };

/** No period reaches further back: a year of 366 days. */
export const longestPeriodDays = 366;

/**
 * Since when is counted. Doubt never shortens it: where a law's clocks differ, a year begins at its first midnight, and is
 * over when the next one has begun everywhere; twelve months are a year of 366 days.
 */
export function periodStart(period: CounterPeriod, nowMs: InstantMs): InstantMs {
  if (period.kind === "12-months") return nowMs - longestPeriodDays * dayMs;
  const year = new Date(nowMs + period.leastMs).getUTCFullYear();
  return Date.UTC(year, 0, 1) - period.greatestMs;
}
