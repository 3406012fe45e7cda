import type { ModelAlias } from "../../base/index.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { OpenAttempt } from "../exchange/open-attempt.ts";
import type { Lease } from "../shared/pool.ts";
import { type Failure, isOverload, wordOf } from "./failure.ts";

export interface FailedAttempt {
  readonly attempt: OpenAttempt;
  readonly lease: Lease;
  readonly model: ModelAlias;
  readonly caller: string;
}

/** The one place where a failed attempt is noted, logged, counted and held against its endpoint. */
export function noteFailure(
  { cell, arrival }: Exchange,
  failure: Failure,
  { attempt, lease, model, caller }: FailedAttempt,
): void {
  const { id: endpoint } = attempt.endpoint;
  const { reason, cause, status, retryAfterMs, circuit: kind } = failure;
  attempt.noteFailure(wordOf(failure));
  cell.meters.attempt(endpoint, wordOf(failure));
  cell.meters.attemptFailed(endpoint, reason, cause);
  const about = { cell: cell.cell, request: arrival.id, endpoint, model };
  cell.log({ event: "attempt_failed", ...about, failure: reason, cause, status });
  if (isOverload(failure)) lease.noteOverload();
  lease.show({ kind, caller, retryAfterMs }, failure.health);
  if (cause.startsWith("attestation_") && cause !== "attestation_unheard") cell.alarm("attestation_refused");
  if (failure.misfit === null || !lease.isNewsThatItRefuses()) return;
  cell.alarm("endpoint_refuses");
  cell.log({ event: "endpoint_refuses", ...about, reason: failure.misfit, status });
}
