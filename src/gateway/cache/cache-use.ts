// Whether the answer to a request may be one that was given before, or be given again (docs/response-cache.md).
import type { Model, ResponseCachePolicy } from "../../config/index.ts";
import type { Subject, SubjectKey } from "../../keys/index.ts";
import type { Facts } from "../../law/index.ts";
import type { EngineOperation, RequestView } from "../../wire/index.ts";
import type { PresentLaw } from "../dispatch/present-law.ts";
import type { Caller } from "../exchange/caller.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { PermitRuling } from "../exchange/ruling.ts";
import { cacheWishes, type CacheWishes } from "./cache-wishes.ts";

/** A law's duty, as a pack states it, that keeps every answer from being kept. */
const forbidding = "no-response-cache";

/** What one decided request has of the cache. */
export interface CacheUse extends CacheWishes {
  readonly kept: ResponseCachePolicy;
  /** Under which the answer is kept, and found. */
  readonly name: string;
  readonly subject: Subject;
  readonly key: SubjectKey;
  /** That the request was decided by. */
  readonly policy: string;
  readonly law: PresentLaw;
}

interface Asked {
  readonly operation: EngineOperation;
  readonly model: Model;
  readonly view: RequestView;
  readonly caller: Caller;
  readonly subject: Subject;
  readonly key: SubjectKey;
  readonly facts: Facts;
  readonly permitted: PermitRuling;
  readonly law: PresentLaw;
}

/** Null where nothing of the request may come near the cache. */
export function cacheUse(exchange: Exchange, asked: Asked): CacheUse | null {
  const { caller, subject, key, law } = asked;
  const kept = caller.tenant.responseCache;
  if (kept === null || !mayBeKept(kept, asked)) return null;
  const wishes = cacheWishes(exchange.head);
  if (wishes === null) return null;
  const { policyHash: policy } = asked.permitted.permit.terms;
  return { ...wishes, kept, name: nameOf(exchange, asked, policy), subject, key, policy, law };
}

function mayBeKept(
  kept: ResponseCachePolicy,
  { operation, model, view, caller, facts, permitted }: Asked,
): boolean {
  const classes = facts.classes.map(({ value }) => value);
  return (
    kept.models.has(model.alias) &&
    // A form has another boundary each time, and what an answer is, if not JSON, is not kept with it.
    operation.body === "json" &&
    operation.answersAnyMedia !== true &&
    classes.length > 0 &&
    classes.every((each) => kept.classes.has(each)) &&
    !permitted.permit.terms.obligations.includes(forbidding) &&
    // The other cell records who answered what it passed on, and keeps its own callers' answers.
    caller.peer === null &&
    // It would have something moved, kept or fetched: to answer it again is not to do that again.
    view.exits.length === 0
  );
}

function nameOf({ cell }: Exchange, { operation, model, view, facts, key }: Asked, policy: string): string {
  const { tenant, subjectPlaces, subjectCitizenships, subjectResidences, classes } = facts;
  const partition = {
    tenant,
    subject: key.handle,
    policy,
    places: subjectPlaces.map(({ value }) => value),
    citizenships: subjectCitizenships.map(({ value }) => value),
    residences: subjectResidences.map(({ value }) => value),
    classes: classes.map(({ value }) => value),
  };
  return cell.answerNames.of(partition, {
    operation: operation.name,
    model: model.alias,
    body: view.body,
  });
}
