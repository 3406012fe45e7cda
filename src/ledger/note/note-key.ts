// Verifier keys: https://c2sp.org/signed-note, "Verifier keys".
import { encodeUtf8, fail, fromBase64, ok, type Result, toBase64, toHex } from "../../base/index.ts";
import type { Sha256 } from "../tree/digest.ts";
import { cosignatureType, ed25519Type } from "./signature-type.ts";

/** Name and id together say which key made a signature, and of which type. */
export interface NoteKey {
  readonly name: string;
  /** 8 hex digits. */
  readonly id: string;
  readonly type: number;
  /** 32 bytes, RFC 8032. */
  readonly publicKey: Uint8Array;
}

/** Throws RangeError for a name that a note cannot hold or a key that is not 32 bytes: both come from our own configuration. */
export function noteKey(sha256: Sha256, key: Omit<NoteKey, "id">): NoteKey {
  if (!isKeyName(key.name))
    throw new RangeError(`\`${key.name}\` is no name for a key: empty, or has a space or a plus`);
  if (key.publicKey.length !== 32)
    throw new RangeError(`a public key has ${key.publicKey.length} bytes, not 32`);
  return { ...key, id: keyId(sha256, key) };
}

export function formatNoteKey({ name, id, type, publicKey }: NoteKey): string {
  return `${name}+${id}+${toBase64(Uint8Array.of(type, ...publicKey))}`;
}

export function parseNoteKey(sha256: Sha256, vkey: string): Result<NoteKey, string> {
  // The name holds no plus, but base64 does.
  const [, name = "", id = "", encoded = ""] = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/s.exec(vkey) ?? [];
  const [type, ...publicKey] = fromBase64(encoded) ?? [];
  if (!isKeyName(name) || type === undefined) {
    return fail("a key is written `<name>+<8 hex digits>+<base64>`");
  }
  if (type !== ed25519Type && type !== cosignatureType) {
    return fail(`the key \`${name}\` has signature type ${type}, expected 1 (Ed25519) or 4 (cosignature/v1)`);
  }
  if (publicKey.length !== 32) return fail(`the key \`${name}\` has ${publicKey.length} bytes, not 32`);
  const key = { name, id, type, publicKey: Uint8Array.from(publicKey) };
  return keyId(sha256, key) === id ? ok(key) : fail(`the id of the key \`${name}\` is not that of its bytes`);
}

/** "Key names MUST be non-empty and MUST NOT contain any Unicode spaces or plus (U+002B) characters." */
export function isKeyName(name: string): boolean {
  return name !== "" && name.isWellFormed() && !/[\s\u0085+]/u.test(name) && !hasControl(name);
}

/** Notes "MUST NOT contain any ASCII control characters (those below U+0020) other than newline". */
export function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) < 0x20 && text[at] !== "\n") return true;
  }
  return false;
}

/** SHA-256(key name || 0x0A || signature type || public key)[:4] */
function keyId(sha256: Sha256, { name, type, publicKey }: Omit<NoteKey, "id">): string {
  return toHex(sha256(encodeUtf8(`${name}\n`), Uint8Array.of(type), publicKey).subarray(0, 4));
}
