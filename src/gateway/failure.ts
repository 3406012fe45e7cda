import type { UpstreamAnswer, UpstreamError } from "../providers/index.ts";
import type { Signal } from "../routing/index.ts";
import { readRetryAfterMs } from "../wire/index.ts";
import type { EvidenceFault } from "./evidence.ts";

/**
 * How an endpoint failed, for what to do next. `saturated`: it would answer later (429, or 503 with a time).
 * `unreachable`: no connection, which a fresh one may cure at once. `unavailable`: not there for us, for other
 * reasons. `broken`: there, and giving what is no answer.
 */
type FailureKind = "saturated" | "unreachable" | "unavailable" | "broken";

/** Why one endpoint did not answer, in a way that another one might. */
export interface Failure {
  /** For the ledger and the metrics, from a closed set. */
  readonly word: string;
  readonly kind: FailureKind;
  readonly retryAfterMs: number | null;
  readonly signal: Signal;
}

export class AttemptError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(`the attempt failed: ${failure.word}`);
    this.name = "AttemptError";
    this.failure = failure;
  }
}

export const pastDeadline: Failure = {
  word: "deadline",
  kind: "unavailable",
  retryAfterMs: null,
  signal: { kind: "failed", retryAfterMs: null },
};

export function ofStatus(status: number, headers: UpstreamAnswer["headers"], nowMs: number): Failure {
  const retryAfterMs = readRetryAfterMs(headers, nowMs);
  const isSaturated = status === 429 || (status === 503 && retryAfterMs !== null);
  const isUnavailable = status === 502 || status === 503 || status === 504;
  const isFault = status === 408 || status === 429 || status >= 500;
  return {
    word: `status_${status}`,
    kind: isSaturated ? "saturated" : isUnavailable ? "unavailable" : "broken",
    retryAfterMs,
    // Other codes are about our key or our name for the model; they say nothing against the engine's health.
    signal: isFault ? { kind: "failed", retryAfterMs } : { kind: "answered" },
  };
}

export function ofUpstream({ failure }: UpstreamError): Failure {
  const kind = failure === "unreachable" ? "unreachable" : failure === "garbage" ? "broken" : "unavailable";
  const signal: Signal = kind === "unreachable" ? { kind } : { kind: "failed", retryAfterMs: null };
  return { word: failure, kind, retryAfterMs: null, signal };
}

export function ofEvidence(fault: EvidenceFault): Failure {
  const signal: Signal =
    fault === "elsewhere" ? { kind: "violation" } : { kind: "failed", retryAfterMs: null };
  return { word: `evidence_${fault}`, kind: "unavailable", retryAfterMs: null, signal };
}
