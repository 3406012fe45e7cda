// What every version records of requests and of the law, in the same form but for `v`.
import {
  handle,
  count,
  evidence,
  hash,
  index,
  logHead,
  modelName,
  name,
  origin,
  place,
  reference,
  rule,
  stampOf,
  word,
} from "./entry-words.ts";
import type { AllowedEndpoint, BlockedTarget, DecisionEntry } from "./decision-entry.ts";
import type {
  ImportEntry,
  LegalEntry,
  LegalTarget,
  OpenedEntry,
  TransferEntry,
  ViolationEntry,
} from "./entry.ts";
import type { EntryVersion } from "./log-head.ts";
import {
  boolean,
  type Check,
  list,
  nullable,
  object,
  oneOf,
  record,
  type Rule,
  type Shape,
  text,
} from "./schema.ts";

const grounds = list(
  object<AllowedEndpoint["grounds"][number]>({
    regime: name,
    instrument: nullable(reference),
    documents: record(/^[a-z][a-z0-9_-]{0,31}$/, reference),
  }),
);

const allowedEndpoint = object<AllowedEndpoint>({
  endpoint: name,
  computes: list(place),
  transfer: boolean,
  grounds,
});

/** What every version says in a decision. */
export type DecisionMembers = Omit<DecisionEntry, "v" | "n" | "ts" | "cell" | "revision">;

export const decisionShape: Shape<DecisionMembers> = {
  t: oneOf("decision"),
  rid: handle,
  tenant: handle,
  subject: handle,
  req: nullable(hash),
  policy: hash,
  verdict: oneOf("permit", "refuse", "redirect"),
  error: nullable(word),
  places: list(object<DecisionEntry["places"][number]>({ place, basis: word })),
  classes: list(word),
  regimes: list(name),
  model: nullable(modelName),
  allowed: list(allowedEndpoint),
  allowedCount: count,
  blocked: list(object<BlockedTarget>({ target: name, rule })),
  blockedCount: count,
  obligations: list(rule),
};

export const decisionRule: Rule<DecisionMembers> = {
  holds: ({ verdict, error, allowed, allowedCount, blocked, blockedCount }) =>
    (verdict === "permit" ? error === null && allowed.length > 0 : error !== null) &&
    allowedCount >= allowed.length &&
    blockedCount >= blocked.length,
  expected: "a permit allows something and has no error, another verdict has one; counts cover their lists",
};

export function requestSchemas(version: EntryVersion): Readonly<Record<string, Check>> {
  const stamp = stampOf(version);
  return {
    opened: object<OpenedEntry>({
      ...stamp,
      t: oneOf("opened"),
      origin,
      software: text(/^[a-z][a-z0-9-]{0,31}\/[0-9A-Za-z.-]{1,31}$/, "a name and version"),
      policy: hash,
      epoch: count,
      previous: nullable(logHead),
    }),
    transfer: object<TransferEntry>({
      ...stamp,
      t: oneOf("transfer"),
      rid: handle,
      decision: index,
      endpoint: name,
      computes: list(place),
      grounds,
      xid: handle,
      peer: nullable(name),
    }),
    import: object<ImportEntry>({
      ...stamp,
      t: oneOf("import"),
      rid: handle,
      decision: index,
      xid: handle,
    }),
    violation: object<ViolationEntry>({
      ...stamp,
      t: oneOf("violation"),
      rid: handle,
      decision: index,
      endpoint: name,
      claimed: list(place),
      evidenced: list(place),
      evidence,
    }),
    legal: legalSchema(version),
  };
}

function legalSchema(version: EntryVersion): Check {
  return object<LegalEntry>(
    {
      ...stampOf(version),
      t: oneOf("legal"),
      event: word,
      act: oneOf("suspend", "lift"),
      target: nullable(
        object<LegalTarget>({
          kind: oneOf("region", "operator", "group", "mechanism", "regime", "endpoint"),
          name: reference,
        }),
      ),
      lifts: nullable(word),
      reason: word,
      from: count,
      until: nullable(count),
      signer: origin,
      policy: hash,
    },
    {
      holds: ({ act, target, lifts, from, until }) =>
        (act === "suspend" ? target !== null && lifts === null : target === null && lifts !== null) &&
        (until === null || from < until),
      expected: "a suspension has a target, a lift what it lifts; it ends after it begins",
    },
  );
}
