// An answer that was given before, in the place of a call: found only where the law would let its endpoint be asked now.
import { elapsedMs } from "../../base/index.ts";
import { evidenceClasses } from "../../law/index.ts";
import { type AnswerBytes, type KeptAnswer, openAnswer } from "../../privacy/index.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { OpenDecision } from "../exchange/open-decision.ts";
import type { CacheUse } from "./cache-use.ts";

export interface FoundAnswer extends AnswerBytes {
  readonly kind: "cached";
  readonly isStream: boolean;
}

/**
 * Null where there is none that may be given. The decision is durable when it resolves with one, and everything that was
 * asked of the answer before that wait is asked again behind it: the law may have changed, or the subject been erased.
 */
export async function findAnswer(
  exchange: Exchange,
  use: CacheUse,
  decision: OpenDecision,
): Promise<FoundAnswer | null> {
  exchange.progress.cache = "miss";
  if (!use.mayBeOld || usable(exchange, use, decision) === null) return null;
  await decision.ready;
  exchange.throwIfStopped();
  const kept = usable(exchange, use, decision);
  const bytes = kept && openAnswer(use.key, kept, kept.sealed);
  if (!kept || !bytes) return null;
  exchange.progress.cache = { cached: kept.cached, ageMs: ageOf(exchange, kept) };
  return { kind: "cached", isStream: kept.isStream, ...bytes };
}

function usable(
  exchange: Exchange,
  { kept: { lifetimeMs }, name, subject, maxAgeMs, law }: CacheUse,
  { permit }: OpenDecision,
): KeptAnswer | null {
  const { cell } = exchange;
  const kept = cell.responses.find(subject.tenant, name);
  if (!kept) return null;
  const { endpoint: id, evidence } = kept.cached;
  const endpoint = permit.endpoint(id);
  const isUsable =
    endpoint !== undefined &&
    permit.covers(id, cell.now()) &&
    law.stillPermits(endpoint) &&
    !cell.pool.isQuarantined(id) &&
    rankOf(evidence?.grade) >= rankOf(permit.terms.evidenceMin) &&
    ageOf(exchange, kept) < Math.min(lifetimeMs, maxAgeMs ?? Infinity);
  return isUsable ? kept : null;
}

/** Nothing shown is less than any grade, and E1-own is as good as E1. */
function rankOf(grade: string | undefined): number {
  return evidenceClasses.findIndex((each) => each === grade?.replace("-own", ""));
}

function ageOf({ cell }: Exchange, { atMs }: KeptAnswer): number {
  return elapsedMs(atMs, cell.monotonicNow());
}
