// The schemas of every version, and the only two ways between an entry and its bytes (docs/spec/ledger.md).
import {
  canonicalJson,
  decodeUtf8,
  encodeUtf8,
  fail,
  isObject,
  type Json,
  ok,
  parseJson,
  type Result,
} from "../../base/index.ts";
import { Cursor } from "./cursor.ts";
import { type Entry, maxEntryBytes, type WrittenEntry } from "./entry.ts";
import { endpointAndPolicySchemas, lifecycleSchemas } from "./lifecycle-schema.ts";
import type { SinceVersion2 } from "./log-head.ts";
import { outcomeSchemas } from "./outcome-schema.ts";
import { requestSchemas } from "./request-schema.ts";
import type { Check } from "./schema.ts";
import { formerSchemas } from "./v1/former-schema.ts";
import { outcomeOfV2 } from "./v2/former-schema.ts";

/** The version that is written, and the newest one that is read. */
export const newestVersion = 3;

/** Each version's kinds. A version is never changed once a release has written it (docs/decisions/0031). */
const versions: ReadonlyMap<unknown, Readonly<Record<string, Check>>> = new Map([
  [1, { ...requestSchemas(1), ...formerSchemas, ...lifecycleSchemas(1) }],
  [2, { ...schemasOf(2), ...outcomeOfV2 }],
  [newestVersion, schemasOf(newestVersion)],
]);

function schemasOf(version: SinceVersion2): Readonly<Record<string, Check>> {
  return {
    ...requestSchemas(version),
    ...outcomeSchemas(version),
    ...lifecycleSchemas(version),
    ...endpointAndPolicySchemas(version),
  };
}

/** Why bytes are no entry that can be read here. */
export interface EntryFault {
  /** `unknown_version`: canonical JSON of a version that this release does not know. That is no damage. */
  readonly kind: "schema" | "unknown_version";
  /** Says where and what was expected, never the value. */
  readonly reason: string;
  /** Of an unknown version, where it is a number; null otherwise. */
  readonly version: number | null;
}

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
export function encodeEntry(entry: WrittenEntry): Uint8Array<ArrayBuffer> {
  const text = writeEntry(entry);
  const bytes = text === undefined ? null : encodeUtf8(text);
  if (bytes === null || bytes.length > maxEntryBytes) throw new InvalidEntryError(misfit(entry));
  return bytes;
}

/** The canonical text of an entry that fits its schema, however long; undefined for any other. */
export function writeEntry(entry: WrittenEntry): string | undefined {
  const schemas = versions.get(newestVersion);
  return schemas && Object.hasOwn(schemas, entry.t) ? schemas[entry.t]?.write(entry) : undefined;
}

function misfit(entry: WrittenEntry): string {
  const json = canonicalOrNull(entry);
  if (json === null) return "entry: a value that JSON does not have";
  const parsed = parseEntry(encodeUtf8(json));
  return parsed.ok ? `entry.v: not ${newestVersion}, the version that is written` : parsed.error.reason;
}

/**
 * Reads stored bytes, by the schema of the version that they name. Only the canonical spelling (RFC 8785) is an entry:
 * otherwise two readers could see different values in the same bytes, as with a repeated member.
 */
export function parseEntry(bytes: Uint8Array): Result<Entry, EntryFault> {
  const json = decodeUtf8(bytes);
  if (json === null) return damaged("the entry is not UTF-8");
  const entry = bytes.length > maxEntryBytes ? undefined : scanEntry(json);
  if (entry !== undefined) return ok(entry);
  const explained = explainEntry(json);
  return explained.ok && bytes.length > maxEntryBytes
    ? damaged(`the entry has ${bytes.length} bytes, more than ${maxEntryBytes}`)
    : explained;
}

const [kindLabel, versionLabel] = [',"t":"', ',"v":'];
const zero = 0x30;

/** In one pass over the text; undefined for what is no entry, and for a few that are. */
export function scanEntry(json: string): Entry | undefined {
  // Wherever these stand they are members' names, for inside a string the quotes would be escaped. If they are those of
  // an inner object, the version or the kind is wrong and the schema does not fit. One digit is enough for the versions
  // that there are, and the schema holds it against the whole number.
  const schemas = versions.get(json.charCodeAt(json.lastIndexOf(versionLabel) + versionLabel.length) - zero);
  if (schemas === undefined) return undefined;
  const at = json.lastIndexOf(kindLabel) + kindLabel.length;
  const kind = json.slice(at, json.indexOf('"', at));
  if (!Object.hasOwn(schemas, kind)) return undefined;
  const cursor = new Cursor(json);
  const entry = schemas[kind]?.scan(cursor);
  return cursor.at === json.length ? (entry as Entry | undefined) : undefined;
}

/** Step by step, with the reason why it is none. INVARIANT: it reads as an entry whatever {@link scanEntry} does. */
export function explainEntry(json: string): Result<Entry, EntryFault> {
  const value = parseJson(json);
  if (value === undefined) return damaged("the entry is not JSON");
  const version = memberOf(value, "v");
  const schemas = versions.get(version);
  // Bytes that are not canonical are an entry of no version at all.
  if (schemas === undefined && version !== undefined && isCanonical(value, json)) return unknown(version);
  const fault = schemas === undefined ? ".v: not a version" : checkEntry(value, schemas);
  if (fault !== null) return damaged(`entry${fault}`);
  // The schema has checked the order of members; ECMAScript writes numbers and strings as RFC 8785 §3.2.2 does.
  return JSON.stringify(value) === json
    ? ok(value as Entry)
    : damaged("the entry is not in its canonical form");
}

function checkEntry(value: unknown, schemas: Readonly<Record<string, Check>>): string | null {
  const kind = memberOf(value, "t");
  const check = typeof kind === "string" && Object.hasOwn(schemas, kind) ? schemas[kind] : undefined;
  return check === undefined ? `.t: not one of ${Object.keys(schemas).join(", ")}` : check(value);
}

function memberOf(value: unknown, name: "t" | "v"): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function isCanonical(value: unknown, json: string): boolean {
  return canonicalOrNull(value) === json;
}

function canonicalOrNull(value: unknown): string | null {
  try {
    return canonicalJson(value as Json);
  } catch {
    return null;
  }
}

function unknown(version: unknown): Result<never, EntryFault> {
  const known = Array.from(versions.keys()).join(" and ");
  const reason = `its version is none that this release knows (${known}); use a newer release of bailiwick`;
  return fail({ kind: "unknown_version", reason, version: typeof version === "number" ? version : null });
}

function damaged(reason: string): Result<never, EntryFault> {
  return fail({ kind: "schema", reason, version: null });
}
