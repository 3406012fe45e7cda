// An answer as it is kept to be given again: AES-256-GCM (NIST SP 800-38D) under a key of its own, derived from the one
// that an erasure destroys. Not even a copy of the process's memory shows what was answered to whoever lacks that key.
import { createCipheriv, createDecipheriv } from "node:crypto";
import { concatBytes, encodeUtf8, type RequestId } from "../../base/index.ts";
import type { SubjectKey } from "../../keys/index.ts";

/** What the caller got, as it was released. */
export interface AnswerBytes {
  /** What `res` of the outcome commits to: a whole answer, or the events of a stream but for those that close it. */
  readonly body: Uint8Array;
  /** Events that waited for the outcome; empty for a whole answer. */
  readonly closing: Uint8Array;
}

/** Whose it is, and to what. Both are bound into it, so that it opens in no other's place. */
export interface SealedFor {
  /** The request that it was computed for: no other has its key. */
  readonly rid: RequestId;
  readonly name: string;
}

const algorithm = "aes-256-gcm";
const [lengthBytes, tagBytes] = [4, 16];
/** INVARIANT: a key seals once, so one nonce does (SP 800-38D §8). */
const nonce = new Uint8Array(12);

export function sealAnswer(key: SubjectKey, whose: SealedFor, { body, closing }: AnswerBytes): Uint8Array {
  const cipher = createCipheriv(algorithm, keyOf(key, whose), nonce, { authTagLength: tagBytes });
  cipher.setAAD(encodeUtf8(whose.name));
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32BE(body.length);
  const parts = [length, body, closing].map((part) => cipher.update(part));
  return concatBytes([...parts, cipher.final(), cipher.getAuthTag()]);
}

/** Null under any other key, or where a bit of it is another. */
export function openAnswer(key: SubjectKey, whose: SealedFor, sealed: Uint8Array): AnswerBytes | null {
  const decipher = createDecipheriv(algorithm, keyOf(key, whose), nonce, { authTagLength: tagBytes });
  decipher.setAAD(encodeUtf8(whose.name)).setAuthTag(sealed.subarray(-tagBytes));
  const plain = decipher.update(sealed.subarray(0, -tagBytes));
  try {
    decipher.final();
  } catch {
    return null;
  }
  const end = lengthBytes + plain.readUInt32BE(0);
  return { body: plain.subarray(lengthBytes, end), closing: plain.subarray(end) };
}

function keyOf(key: SubjectKey, { rid }: SealedFor): Uint8Array {
  return key.deriveKey(`response/v1 ${rid}`);
}
