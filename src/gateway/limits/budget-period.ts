import { dayMs, type InstantMs } from "../../base/index.ts";
import type { BudgetPeriod } from "../../config/index.ts";

/** Limit, report and reset go by one calendar, UTC's. */
export function periodAt(
  per: BudgetPeriod,
  nowMs: InstantMs,
): { readonly sinceMs: InstantMs; readonly untilMs: InstantMs } {
  const now = new Date(nowMs);
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  if (per === "month") return { sinceMs: Date.UTC(year, month), untilMs: Date.UTC(year, month + 1) };
  const sinceMs = Date.UTC(year, month, day);
  return { sinceMs, untilMs: sinceMs + dayMs };
}
