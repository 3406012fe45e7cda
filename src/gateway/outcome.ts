import type { OutcomeEntry } from "../ledger/index.ts";
import type { Outcome } from "./docket.ts";
import type { Exchange } from "./exchange.ts";

/** Attempts that an outcome names: rounds times endpoints is small, but an entry is bounded and this bounds it. */
const maxAttempts = 24;

/** The outcome entry for how the exchange stands now. */
export function outcomeOf({ cell, arrival, progress }: Exchange, result: OutcomeEntry["result"]): Outcome {
  const { tokens } = progress;
  return {
    result,
    error: progress.error,
    status: progress.status,
    executed: progress.executed,
    attempts: progress.attempts.slice(0, maxAttempts),
    tokens: tokens && {
      input: tokens.promptTokens,
      output: tokens.completionTokens,
      cached: tokens.cachedTokens ?? 0,
    },
    durationMs: cell.now() - arrival.receivedAtMs,
  };
}
