// Where a subject's key lies. A person is in no file and no path: the name there is an HMAC under the vault's own key.
//
//   names/<yyyy-mm>/<name>     the handle of the subject of that name
//   keys/<yyyy-mm>/<handle>    the wrapped key, which states its name
//   erasing/<handle>           an erasure that was ordered; destroying/<handle>: and that the ledger has recorded
//   holds/<handle>             legal holds
//   handle-key                 wrapped; under it names and tenants' handles are made
//   new/                       files that are being written
import type { KeyObject } from "node:crypto";
import { canonicalJson, encodeUtf8 } from "../../base/index.ts";
import { hmac } from "./subject-key.ts";
import type { Subject, SubjectPlace } from "./vault.ts";

export const handleDigits = 32;

/** Names of directories. */
export const directories = {
  names: "names",
  keys: "keys",
  ordered: "erasing",
  recorded: "destroying",
  holds: "holds",
} as const;

export function placeOf(handleKey: KeyObject, { tenant, person }: Subject, month: string): SubjectPlace {
  const named = encodeUtf8(canonicalJson([tenant, person, month]));
  return { month, name: hmac(handleKey, "subject/v1", named).slice(0, handleDigits) };
}

export function nameFile({ month, name }: SubjectPlace): readonly string[] {
  return [directories.names, month, name];
}

export function keyFile(month: string, handle: string): readonly string[] {
  return [directories.keys, month, handle];
}

export function isHandle(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}
