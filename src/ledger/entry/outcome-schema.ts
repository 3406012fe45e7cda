// What is recorded since version 2 of a request's way: its decision, all attempts, and what was learnt of them later.
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
import type { EntryStamp, EntryVersion } from "./log-head.ts";
import {
  type AttemptEvidence,
  type AttemptRecord,
  type CachedAnswer,
  type CorrectionEntry,
  maxEvidencePlaces,
  type OutcomeEntry,
  type TokenCounts,
} from "./outcome-entry.ts";
import { decisionRule, decisionShape } from "./request-schema.ts";
import {
  boolean,
  type Check,
  integer,
  list,
  nullable,
  object,
  oneOf,
  type Rule,
  type Shape,
} from "./schema.ts";
import type { OutcomeEntryV2 } from "./v2/former-entries.ts";

const evidence = object<AttemptEvidence>({ grade, source: word, places: list(place, maxEvidencePlaces) });

const asked = object<AttemptRecord["asked"]>({ model: nullable(modelName), region: nullable(name) });

const attempt = object<AttemptRecord>(
  {
    endpoint: name,
    sent: boolean,
    asked,
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

const position = object<CorrectionEntry["of"]>({ origin, index });

const cached = object<CachedAnswer>(
  {
    of: position,
    at: count,
    endpoint: name,
    asked,
    allowed: list(place),
    evidence: nullable(evidence),
    observedAt: nullable(count),
  },
  {
    holds: ({ evidence, observedAt }) => (evidence === null) === (observedAt === null),
    expected: "evidence has a time",
  },
);

/** Of every outcome since version 2 whose answer came from no cache. */
export const answeredRule: Rule<Pick<OutcomeEntryV2, "result" | "attempts" | "answeredBy">> = {
  holds: ({ result, attempts, answeredBy }) =>
    answeredBy === null ? result !== "complete" : attempts[answeredBy]?.sent === true,
  expected: "`answeredBy` is an attempt that was sent, and a complete answer has one",
};

/** What an outcome has said since version 2. */
export const outcomeShape: Shape<Omit<OutcomeEntryV2, keyof EntryStamp>> = {
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
};

/** What the cell does itself asks no endpoint: it keeps what a caller leaves, or gives it back. */
export function isByCell({
  result,
  attempts,
  answeredBy,
}: Pick<OutcomeEntryV2, "result" | "attempts" | "answeredBy">): boolean {
  return result === "complete" && attempts.length === 0 && answeredBy === null;
}

export function outcomeSchemas(version: EntryVersion): Readonly<Record<string, Check>> {
  const stamp = stampOf(version);
  return {
    decision: object<DecisionEntry>({ ...stamp, ...decisionShape, revision: count }, decisionRule),
    outcome: object<OutcomeEntry>(
      {
        ...stamp,
        ...outcomeShape,
        cached: nullable(cached),
      },
      {
        holds: ({ cached, ...outcome }) =>
          cached === null
            ? answeredRule.holds(outcome) || isByCell(outcome)
            : outcome.answeredBy === null && outcome.attempts.length === 0,
        expected: `${answeredRule.expected}, or was in the cache or the cell's own: then nobody was asked`,
      },
    ),
    correction: object<CorrectionEntry>({
      ...stamp,
      t: oneOf("correction"),
      of: position,
      attempt: index,
      evidence,
      reason: word,
    }),
  };
}
