// The schema of every entry, and the only two ways between an entry and its bytes (docs/spec/ledger.md).
import {
  canonicalJson,
  decodeUtf8,
  encodeUtf8,
  fail,
  type Json,
  ok,
  parsePlace,
  type Result,
} from "../base/index.ts";
import {
  type AllowedEndpoint,
  type BlockedTarget,
  type DecisionEntry,
  type Entry,
  type Executed,
  type LegalEntry,
  type LegalTarget,
  maxEntryBytes,
  type OpenedEntry,
  type OutcomeEntry,
  type TransferEntry,
  type ViolationEntry,
} from "./entry.ts";
import { boolean, type Check, integer, list, nullable, object, oneOf, record, text } from "./schema.ts";

/** An entry that may not be written: it does not fit its schema, or is too long. The message holds no value of it. */
export class InvalidEntryError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "InvalidEntryError";
  }
}

/**
 * The bytes that are stored and hashed. Throws {@link InvalidEntryError} for whatever {@link parseEntry} would not
 * read back, so that nothing is written that a verifier refuses.
 */
export function encodeEntry(entry: Entry): Uint8Array<ArrayBuffer> {
  const bytes = encodeUtf8(canonicalJson(entry as unknown as Json));
  const parsed = parseEntry(bytes);
  if (!parsed.ok) throw new InvalidEntryError(parsed.error);
  return bytes;
}

/**
 * Reads stored bytes. Only the canonical spelling (RFC 8785) is an entry: otherwise two readers could see different
 * values in the same bytes, as with a repeated member. The error says where and what was expected, never the value.
 */
export function parseEntry(bytes: Uint8Array): Result<Entry, string> {
  if (bytes.length > maxEntryBytes)
    return fail(`the entry has ${bytes.length} bytes, more than ${maxEntryBytes}`);
  const json = decodeUtf8(bytes);
  if (json === null) return fail("the entry is not UTF-8");
  const value = parseJson(json);
  if (value === undefined) return fail("the entry is not JSON");
  const fault = checkEntry(value);
  if (fault !== null) return fail(`entry${fault}`);
  // The schema has checked the order of members; ECMAScript writes numbers and strings as RFC 8785 §3.2.2 does.
  return JSON.stringify(value) === json ? ok(value as Entry) : fail("the entry is not in its canonical form");
}

const name = text(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "a name");
const word = text(/^[a-z][a-z0-9_-]{0,63}$/, "a lower-case word");
// `requires:<level>:<zone>` names a zone as its author wrote it, which may be a list of places.
const rule = text(/^[A-Za-z0-9][A-Za-z0-9:+., _-]{0,2047}$/, "a rule's name");
// Words of the policy and its packs (the entry holds their hash), so the one text in an entry that is not a code.
const reference = text(/^[\p{L}\p{N}\p{P}\p{S} ]{1,404}$/u, "a line of the policy's text");
const modelName = text(/^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}$/, "a model's name");
const evidence = text(/^E[0-4](?:-own)?$/, "an evidence class");
const salt = text(/^[0-9a-f]{32}$/, "32 hex digits");
const handle = text(/^[0-9a-f]{32}$/, "a handle of 32 hex digits");
const hash = text(/^[0-9a-f]{64}$/, "64 hex digits");
const place: Check = (value) => (typeof value === "string" && parsePlace(value).ok ? null : ": not a place");
const index = integer(0);
const count = integer(0);

const common = { v: oneOf(1), n: salt, ts: integer(0), cell: name };

const opened = object<OpenedEntry>({
  ...common,
  t: oneOf("opened"),
  origin: text(/^[!-*,-~]{1,255}$/, "an origin"),
  software: text(/^[a-z][a-z0-9-]{0,31}\/[0-9A-Za-z.-]{1,31}$/, "a name and version"),
  policy: hash,
  epoch: integer(0),
});

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

const decision = object<DecisionEntry>(
  {
    ...common,
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
  },
  {
    holds: ({ verdict, error, allowed, allowedCount, blocked, blockedCount }) =>
      (verdict === "permit" ? error === null && allowed.length > 0 : error !== null) &&
      allowedCount >= allowed.length &&
      blockedCount >= blocked.length,
    expected: "a permit allows something and has no error, another verdict has one; counts cover their lists",
  },
);

const transfer = object<TransferEntry>({
  ...common,
  t: oneOf("transfer"),
  rid: handle,
  decision: index,
  endpoint: name,
  computes: list(place),
  grounds,
});

const executed = object<Executed>({
  endpoint: name,
  claimed: list(place),
  evidenced: list(place),
  evidence,
  model: nullable(modelName),
});

const outcome = object<OutcomeEntry>(
  {
    ...common,
    t: oneOf("outcome"),
    rid: handle,
    decision: index,
    result: oneOf("complete", "refused", "failed", "interrupted", "aborted", "unknown"),
    error: nullable(word),
    status: nullable(integer(100, 599)),
    executed: nullable(executed),
    attempts: list(object<OutcomeEntry["attempts"][number]>({ endpoint: name, failure: nullable(word) })),
    res: nullable(hash),
    tokens: nullable(
      object<NonNullable<OutcomeEntry["tokens"]>>({ input: count, output: count, cached: count }),
    ),
    durationMs: nullable(count),
  },
  {
    holds: ({ result, executed }) => result !== "complete" || executed !== null,
    expected: "a complete answer was executed somewhere",
  },
);

const violation = object<ViolationEntry>({
  ...common,
  t: oneOf("violation"),
  rid: handle,
  decision: index,
  endpoint: name,
  claimed: list(place),
  evidenced: list(place),
  evidence,
});

const legal = object<LegalEntry>(
  {
    ...common,
    t: oneOf("legal"),
    event: word,
    act: oneOf("suspend", "lift"),
    target: nullable(
      object<LegalTarget>({
        kind: oneOf("region", "operator", "mechanism", "regime", "endpoint"),
        name: reference,
      }),
    ),
    lifts: nullable(word),
    reason: word,
    from: count,
    until: nullable(count),
    signer: text(/^[!-*,-~]{1,255}$/, "a key's name"),
    policy: hash,
  },
  {
    holds: ({ act, target, lifts, from, until }) =>
      (act === "suspend" ? target !== null && lifts === null : target === null && lifts !== null) &&
      (until === null || from < until),
    expected: "a suspension has a target, a lift what it lifts; it ends after it begins",
  },
);

const schemas: Readonly<Record<Entry["t"], Check>> = {
  opened,
  decision,
  transfer,
  outcome,
  violation,
  legal,
};

function checkEntry(value: unknown): string | null {
  const kind: unknown = typeof value === "object" && value !== null && "t" in value ? value.t : undefined;
  return isKind(kind) ? schemas[kind](value) : `.t: not one of ${Object.keys(schemas).join(", ")}`;
}

function isKind(kind: unknown): kind is Entry["t"] {
  return typeof kind === "string" && Object.hasOwn(schemas, kind);
}

/** Undefined, which JSON cannot say, when `json` is not JSON. */
function parseJson(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}
