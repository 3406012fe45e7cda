// AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits: nonce, ciphertext, tag. A key of a vault seals a few
// million small things at most, far from the 2^32 after which random nonces must not go on (§8.3).
import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";
import { concatBytes } from "../../base/index.ts";
import { randomBytes } from "../digest.ts";

const algorithm = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

export function seal(key: KeyObject, plain: Uint8Array, bound: Uint8Array): Uint8Array<ArrayBuffer> {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes }).setAAD(bound);
  return concatBytes([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Null when a bit of it, or what it was bound to, is not as it was sealed. */
export function open(key: KeyObject, sealed: Uint8Array, bound: Uint8Array): Uint8Array<ArrayBuffer> | null {
  if (sealed.length < nonceBytes + tagBytes) return null;
  const nonce = sealed.subarray(0, nonceBytes);
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
    .setAAD(bound)
    .setAuthTag(sealed.subarray(-tagBytes));
  const plain = decipher.update(sealed.subarray(nonceBytes, -tagBytes));
  try {
    return concatBytes([plain, decipher.final()]);
  } catch {
    return null;
  }
}
