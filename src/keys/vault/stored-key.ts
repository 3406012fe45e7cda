// The text of a wrapped key's file. One value has one spelling, so that no changed byte passes for the same key.
import { canonicalJson, fromBase64, isObject, type Json, parseJson, toBase64 } from "../../base/index.ts";
import type { WrappedKey } from "../key-services/key-service.ts";

export interface StoredKey {
  readonly service: string;
  readonly wrapped: WrappedKey;
  /** Where it belongs: who opens the file compares this with where it lay. */
  readonly place: Readonly<Record<string, string>>;
}

const version = 1;

export function formatStoredKey({ service, wrapped, place }: StoredKey): string {
  const { key, version: keyVersion, ciphertext } = wrapped;
  const members: Json = {
    v: version,
    place,
    service,
    key,
    version: keyVersion,
    ciphertext: toBase64(ciphertext),
  };
  return `${canonicalJson(members)}\n`;
}

/** Null unless it is exactly what {@link formatStoredKey} writes. */
export function parseStoredKey(text: string): StoredKey | null {
  const members = parseJson(text);
  if (!isObject(members)) return null;
  const { place, service, key, version, ciphertext } = members;
  if (!isText(service) || !isText(key) || !isText(version) || !isText(ciphertext)) return null;
  const bytes = fromBase64(ciphertext);
  if (!bytes || !isTexts(place)) return null;
  const stored = { service, wrapped: { key, version, ciphertext: bytes }, place };
  return formatStoredKey(stored) === text ? stored : null;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.isWellFormed();
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every(isText);
}
