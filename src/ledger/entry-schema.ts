// The schema of every entry, and the only two ways between an entry and its bytes (docs/spec/ledger.md).
import { canonicalJson, decodeUtf8, encodeUtf8, fail, type Json, ok, type Result } from "../base/index.ts";
import { Cursor } from "./cursor.ts";
import {
  type AllowedEndpoint,
  type BlockedTarget,
  type DecisionEntry,
  type Entry,
  type Executed,
  type ImportEntry,
  type LegalEntry,
  type LegalTarget,
  maxEntryBytes,
  type OpenedEntry,
  type OutcomeEntry,
  type TransferEntry,
  type ViolationEntry,
} from "./entry.ts";
import {
  count,
  evidence,
  handle,
  hash,
  index,
  logHead,
  modelName,
  name,
  origin,
  place,
  reference,
  rule,
  stamp,
  word,
} from "./entry-words.ts";
import { lifecycleSchemas } from "./lifecycle-schema.ts";
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
  const entry = scanEntry(json);
  return entry === undefined ? explainEntry(json) : ok(entry);
}

const label = ',"t":"';

/** In one pass over the text; undefined for what is no entry, and for a few that are. */
export function scanEntry(json: string): Entry | undefined {
  // Wherever this stands it is a member's name, for inside a string the quotes would be escaped. If it is that of an
  // inner object, the kind is wrong and the schema does not fit.
  const at = json.lastIndexOf(label) + label.length;
  const kind = json.slice(at, json.indexOf('"', at));
  if (!isKind(kind)) return undefined;
  const cursor = new Cursor(json);
  const entry = schemas[kind].scan(cursor);
  return cursor.at === json.length ? (entry as Entry | undefined) : undefined;
}

/** Step by step, with the reason why it is none. INVARIANT: it reads as an entry whatever {@link scanEntry} does. */
export function explainEntry(json: string): Result<Entry, string> {
  const value = parseJson(json);
  if (value === undefined) return fail("the entry is not JSON");
  const fault = checkEntry(value);
  if (fault !== null) return fail(`entry${fault}`);
  // The schema has checked the order of members; ECMAScript writes numbers and strings as RFC 8785 §3.2.2 does.
  return JSON.stringify(value) === json ? ok(value as Entry) : fail("the entry is not in its canonical form");
}

const opened = object<OpenedEntry>({
  ...stamp,
  t: oneOf("opened"),
  origin,
  software: text(/^[a-z][a-z0-9-]{0,31}\/[0-9A-Za-z.-]{1,31}$/, "a name and version"),
  policy: hash,
  epoch: count,
  previous: nullable(logHead),
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
    ...stamp,
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
  ...stamp,
  t: oneOf("transfer"),
  rid: handle,
  decision: index,
  endpoint: name,
  computes: list(place),
  grounds,
  xid: handle,
  peer: nullable(name),
});

const imported = object<ImportEntry>({
  ...stamp,
  t: oneOf("import"),
  rid: handle,
  decision: index,
  xid: handle,
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
    ...stamp,
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
  ...stamp,
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
    ...stamp,
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

const schemas: Readonly<Record<Entry["t"], Check>> = {
  opened,
  decision,
  transfer,
  import: imported,
  outcome,
  violation,
  legal,
  ...lifecycleSchemas,
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
