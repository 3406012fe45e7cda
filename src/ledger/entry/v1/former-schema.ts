// Kinds that version 1 wrote in another form than the newest version does.
import {
  count,
  evidence,
  handle,
  hash,
  index,
  modelName,
  name,
  place,
  stampOf,
  word,
} from "../entry-words.ts";
import { decisionRule, decisionShape } from "../request-schema.ts";
import { type Check, integer, list, nullable, object, oneOf, type Shape } from "../schema.ts";
import type { DecisionEntryV1, ExecutedV1, OutcomeEntryV1 } from "./former-entries.ts";

const stamp: Shape<Pick<OutcomeEntryV1, "v" | "n" | "ts" | "cell">> = stampOf(1);

const executed = object<ExecutedV1>({
  endpoint: name,
  claimed: list(place),
  evidenced: list(place),
  evidence,
  model: nullable(modelName),
});

const outcome = object<OutcomeEntryV1>(
  {
    ...stamp,
    t: oneOf("outcome"),
    rid: handle,
    decision: index,
    result: oneOf("complete", "refused", "failed", "interrupted", "aborted", "unknown"),
    error: nullable(word),
    status: nullable(integer(100, 599)),
    executed: nullable(executed),
    attempts: list(object<OutcomeEntryV1["attempts"][number]>({ endpoint: name, failure: nullable(word) })),
    res: nullable(hash),
    tokens: nullable(
      object<NonNullable<OutcomeEntryV1["tokens"]>>({ input: count, output: count, cached: count }),
    ),
    durationMs: nullable(count),
  },
  {
    holds: ({ result, executed }) => result !== "complete" || executed !== null,
    expected: "a complete answer was executed somewhere",
  },
);

export const formerSchemas: Readonly<Record<string, Check>> = {
  decision: object<DecisionEntryV1>({ ...stamp, ...decisionShape }, decisionRule),
  outcome,
};
