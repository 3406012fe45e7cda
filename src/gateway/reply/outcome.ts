import type { OutcomeEntry } from "../../ledger/index.ts";
import type { OpenDecision, Outcome } from "../exchange/open-decision.ts";
import { durationMs } from "./duration.ts";
import type { CacheHit, Progress, ServedRequest } from "../exchange/served-request.ts";

/** The outcome entry of a decision, for how things stand now. */
export function outcomeOf(
  { cell, arrival, progress }: ServedRequest,
  { attempts }: OpenDecision,
  result: OutcomeEntry["result"],
): Outcome {
  const answeredBy = progress.answering === null ? -1 : attempts.indexOf(progress.answering);
  return {
    result,
    error: progress.error,
    status: progress.status,
    attempts: attempts.map(({ record }) => record),
    answeredBy: answeredBy < 0 ? null : answeredBy,
    cached: hitOf(progress)?.cached ?? null,
    durationMs: durationMs(arrival.startedAt, cell.monotonicNow()),
  };
}

/** Null where the answer came from an endpoint, or from nobody. */
export function hitOf({ cache }: Progress): CacheHit | null {
  return cache === "miss" ? null : cache;
}
