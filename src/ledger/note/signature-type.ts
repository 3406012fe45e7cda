// What a note's signature is made over, by the type byte of its key: https://c2sp.org/signed-note, "Signature types".
import { encodeUtf8 } from "../../base/index.ts";

/** An Ed25519 signature over the text of the note. */
export const ed25519Type = 0x01;
/** An Ed25519 cosignature with its time: https://c2sp.org/tlog-cosignature. */
export const cosignatureType = 0x04;

export interface SignedMessage {
  readonly message: Uint8Array;
  /** 64 bytes, RFC 8032. */
  readonly signature: Uint8Array;
}

/** Takes the bytes that follow a key id apart; null when no key of this type can have written them. */
export function signedMessage(type: number, text: string, payload: Uint8Array): SignedMessage | null {
  if (type === ed25519Type) {
    return payload.length === 64 ? { message: encodeUtf8(text), signature: payload } : null;
  }
  if (type !== cosignatureType || payload.length !== 8 + 64) return null;
  // struct { u64 timestamp; opaque ed25519_signature[64]; }, where the time "MUST NOT exceed 2^63 - 1".
  const seconds = bigEndian(payload.subarray(0, 8));
  if (seconds >= 1n << 63n) return null;
  return { message: cosignedMessage(text, seconds), signature: payload.subarray(8) };
}

/** tlog-cosignature, "Ed25519 signed message": a header line, a time line, then the checkpoint's whole text. */
export function cosignedMessage(text: string, seconds: bigint): Uint8Array {
  return encodeUtf8(`cosignature/v1\ntime ${seconds}\n${text}`);
}

function bigEndian(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
