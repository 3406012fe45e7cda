// What version 2 records of a request's way: its decision, all attempts, and what was learnt of them later.
import {
  callId,
  count,
  evidence as grade,
  handle,
  hash,
  index,
  modelName,
  name,
  origin,
  place,
  stampOf,
  word,
} from "./entry-words.ts";
import type { DecisionEntry } from "./decision-entry.ts";
import type { EntryVersion } from "./log-head.ts";
import {
  type AttemptEvidence,
  type AttemptRecord,
  type CorrectionEntry,
  maxEvidencePlaces,
  type OutcomeEntry,
  type TokenCounts,
} from "./outcome-entry.ts";
import { decisionRule, decisionShape } from "./request-schema.ts";
import { boolean, type Check, integer, list, nullable, object, oneOf } from "./schema.ts";

const evidence = object<AttemptEvidence>({ grade, source: word, places: list(place, maxEvidencePlaces) });

const attempt = object<AttemptRecord>(
  {
    endpoint: name,
    sent: boolean,
    asked: object<AttemptRecord["asked"]>({ model: nullable(modelName), region: nullable(name) }),
    allowed: list(place),
    evidence: nullable(evidence),
    observedAt: nullable(count),
    requestId: nullable(callId),
    failure: nullable(word),
    usage: nullable(object<TokenCounts>({ input: count, output: count, cached: count })),
  },
  {
    holds: ({ sent, evidence, observedAt, requestId, usage }) =>
      (evidence === null) === (observedAt === null) &&
      (sent || (evidence === null && requestId === null && usage === null)),
    expected: "evidence has a time, and an endpoint that was sent nothing has shown nothing",
  },
);

export function outcomeSchemas(version: EntryVersion): Readonly<Record<string, Check>> {
  const stamp = stampOf(version);
  return {
    decision: object<DecisionEntry>({ ...stamp, ...decisionShape, revision: count }, decisionRule),
    outcome: object<OutcomeEntry>(
      {
        ...stamp,
        t: oneOf("outcome"),
        rid: handle,
        decision: index,
        result: oneOf("complete", "refused", "failed", "interrupted", "aborted", "redecided", "unknown"),
        error: nullable(word),
        status: nullable(integer(100, 599)),
        attempts: list(attempt),
        answeredBy: nullable(index),
        res: nullable(hash),
        durationMs: nullable(count),
      },
      {
        holds: ({ result, attempts, answeredBy }) =>
          answeredBy === null ? result !== "complete" : attempts[answeredBy]?.sent === true,
        expected: "`answeredBy` is an attempt that was sent, and a complete answer has one",
      },
    ),
    correction: object<CorrectionEntry>({
      ...stamp,
      t: oneOf("correction"),
      of: object<CorrectionEntry["of"]>({ origin, index }),
      attempt: index,
      evidence,
      reason: word,
    }),
  };
}
