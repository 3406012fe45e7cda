// What the caller hears when no endpoint answered, by what was learnt of those that were asked.
import { elapsedMs, type MonotonicMs } from "../../base/index.ts";
import type { DispatchRequest } from "./dispatch-request.ts";
import { listPlaces } from "../exchange/cell-services.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { type Failure, wordOf } from "./failure.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import type { Pick } from "../../routing/index.ts";

/** What was learnt by a dispatch. */
export interface Unanswered {
  readonly failures: readonly Failure[];
  /** There was no place to wait for room: how long it would have been. Null where none was asked for. */
  readonly lineWaitMs: number | null;
}

/**
 * What the caller hears when nobody answered: the most hopeful of what was learnt. Who would answer later comes first;
 * then a request that engines failed at, which to repeat would break them again; then who may be back soon.
 */
export function exhausted(
  exchange: Exchange,
  request: DispatchRequest,
  { failures, lineWaitMs }: Unanswered,
): GatewayError {
  const { cell } = exchange;
  const absence = cell.pool.absence(request.decision.permit, request.model.alias);
  const saturated = failures.filter(({ kind }) => kind === "saturated");
  if (lineWaitMs !== null) return saturatedFor(Math.min(hintOf(saturated) ?? lineWaitMs, lineWaitMs));
  if (saturated.length > 0) return saturatedFor(hintOf(saturated) ?? defaultWaitMs);
  if (failures.length === 0 && absence.saturatedUntilMs !== null)
    return saturatedFor(elapsedMs(cell.monotonicNow(), absence.saturatedUntilMs));
  const broken = failures.find(({ kind }) => kind === "broken");
  if (broken) return failed(`the last word was \`${wordOf(broken)}\``);
  const areAllMisfits = failures.length > 0 && failures.every(({ kind }) => kind === "misfit");
  if (areAllMisfits || (failures.length === 0 && absence.areAllRefusing))
    return failed("every one that may refuses how this cell calls it, which its operator must mend");
  return regionUnavailable(exchange, request);
}

/** Others might have answered, and are not asked: the failure stands as it is, and no alarm says that a region is away. */
export function withheld(failures: readonly Failure[]): GatewayError {
  const saturated = failures.filter(({ kind }) => kind === "saturated");
  if (saturated.length > 0) return saturatedFor(hintOf(saturated) ?? defaultWaitMs);
  const last = failures.at(-1);
  const word = last ? `it failed by \`${wordOf(last)}\`` : "it failed";
  const message = `the endpoint that was asked did not answer; ${word}, and too many requests of the model fail for this one to be sent once more`;
  return new GatewayError("provider_failed", message);
}

/** The most hopeful word of when to come back. */
export function hintOf(failures: readonly Failure[]): number | null {
  const hints = failures.map(({ retryAfterMs }) => retryAfterMs).filter((hint) => hint !== null);
  return hints.length > 0 ? Math.min(...hints) : null;
}

const defaultWaitMs = 1_000;

function saturatedFor(retryAfterMs: number): GatewayError {
  const message = "every lawful endpoint that is there has reached its own limit; ask again later";
  return new GatewayError("provider_saturated", message, { retryAfterMs });
}

function failed(reason: string): GatewayError {
  return new GatewayError("provider_failed", `no endpoint answered; ${reason}`);
}

function regionUnavailable(exchange: Exchange, request: DispatchRequest): GatewayError {
  const { cell } = exchange;
  cell.alarm("region_unavailable");
  const places = listPlaces(request.decision.permit.terms.endpoints.flatMap(({ computes }) => computes));
  return new GatewayError(
    "policy_region_unavailable",
    `lawful endpoints for this request exist in ${places}, and none of them is available now`,
    {
      param: places,
      retryAfterMs: retryAfterMs(cell.pool.pick(request.decision.permit, request), cell.monotonicNow()),
    },
  );
}

function retryAfterMs({ candidates, retryAtMs }: Pick, now: MonotonicMs): number {
  const [first] = candidates;
  if (first !== undefined) return defaultWaitMs;
  // When only an operator can help, a minute is as good a guess as any.
  return retryAtMs === null ? 60_000 : elapsedMs(now, retryAtMs);
}
