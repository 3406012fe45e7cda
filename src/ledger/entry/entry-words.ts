// The kinds of values that entries are made of (docs/spec/ledger.md, "One entry").
import { parsePlace } from "../../base/index.ts";
import type { EntryStamp, EntryVersion, LogHead } from "./log-head.ts";
import { type Check, integer, object, oneOf, run, type Shape, text, textThat } from "./schema.ts";

export const name: Check = run({ first: "A-Za-z0-9", rest: "A-Za-z0-9._-", most: 64 }, "a name");
export const word: Check = run({ first: "a-z", rest: "a-z0-9_-", most: 64 }, "a lower-case word");
// `requires:<level>:<zone>` names a zone as its author wrote it, which may be a list of places.
export const rule: Check = run({ first: "A-Za-z0-9", rest: "A-Za-z0-9:+., _-", most: 2048 }, "a rule's name");
// Words of the policy and its packs (the entry holds their hash), so the one text in an entry that is not a code.
export const reference: Check = text(/^[\p{L}\p{N}\p{P}\p{S} ]{1,404}$/u, "a line of the policy's text");
export const modelName: Check = run(
  { first: "A-Za-z0-9", rest: "A-Za-z0-9._:/@+-", most: 128 },
  "a model's name",
);
export const evidence: Check = text(/^E[0-4](?:-own)?$/, "an evidence class");
export const salt: Check = hexDigits(32, "32 hex digits");
export const handle: Check = hexDigits(32, "a handle of 32 hex digits");
export const hash: Check = hexDigits(64, "64 hex digits");
export const place: Check = textThat((value) => parsePlace(value).ok, "a place");
export const count: Check = integer(0);
export const index: Check = integer(0);
export const origin: Check = run({ first: "!-*,-~", rest: "!-*,-~", most: 255 }, "an origin");
// `<name>+<8 hex digits>+<base64>` (C2SP signed-note).
export const verifierKey: Check = text(
  /^[!-*,-~]{1,255}\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{1,88}$/,
  "a verifier key",
);

export const logHead: Check = object<LogHead>({ origin, size: count, root: hash });

/** A file's path as its author wrote it; no part of it is followed. */
export const textName: Check = run(
  { first: "A-Za-z0-9", rest: "A-Za-z0-9._/@+-", most: 128 },
  "a text's name",
);
/** A provider's id of one call. */
export const callId: Check = run(
  { first: "A-Za-z0-9._:-", rest: "A-Za-z0-9._:-", most: 128 },
  "a provider's request id",
);

/** The members that every entry of a version has, beside its `t`. */
export function stampOf(version: EntryVersion): Shape<EntryStamp> {
  return { v: oneOf(version), n: salt, ts: count, cell: name };
}

function hexDigits(length: number, expected: string): Check {
  return run({ first: "0-9a-f", rest: "0-9a-f", least: length, most: length }, expected);
}
