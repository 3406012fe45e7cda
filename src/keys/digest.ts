// The Node implementations of the functions that the pure ledger room takes as arguments.
// Each thread keeps for itself the keys that it has read before.
import {
  createHash,
  createPublicKey,
  hash,
  type KeyObject,
  randomBytes as nodeRandomBytes,
  randomFillSync,
  verify,
} from "node:crypto";

// Node's one-shot hash is worth a copy of the parts, and its string worth a conversion: together a third of the time
// that `createHash` and a buffer take for the few hundred bytes of an entry.
const scratch = Buffer.alloc(8192);

/** SHA-256 of the concatenation of `parts`, 32 bytes. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  if (parts.some(({ length }) => length > scratch.length)) return hashInPlace(parts);
  const digest = hash("sha256", joined(parts), "binary");
  const bytes = new Uint8Array(32);
  for (let at = 0; at < bytes.length; at++) bytes[at] = digest.charCodeAt(at);
  return bytes;
}

/** Hashes the parts where they are: long ones are not worth a copy. */
function hashInPlace(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

/** The result may be a view into `scratch`, so it is good until the next call. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) {
    if (length + part.length > scratch.length) return Buffer.concat(parts);
    scratch.set(part, length);
    length += part.length;
  }
  return scratch.subarray(0, length);
}

/**
 * Checks one Ed25519 signature (RFC 8032). A key or signature of the wrong length verifies nothing, so the answer is
 * false rather than an error.
 */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  return verify(null, message, keyObject(publicKey), signature);
}

/** A verifier meets the same few keys again and again; making one costs as much as a check with it. */
const known = new Map<string, KeyObject>();
const maxKnown = 64;

function keyObject(publicKey: Uint8Array): KeyObject {
  const x = Buffer.from(publicKey).toString("base64url");
  const found = known.get(x);
  if (found) return found;
  const made = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  if (known.size >= maxKnown) known.clear();
  known.set(x, made);
  return made;
}

/** `length` bytes from the operating system's generator. */
export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(nodeRandomBytes(length));
}

const pooledBytes = 8192;

/**
 * The same, drawn from the operating system's generator many at a time, for ids and salts of which a request needs several:
 * each call of the generator costs as much as all else that is done with them. What was given out is not in the pool any
 * more. Keys are made by {@link randomBytes}.
 */
export function randomPool(): (length: number) => Uint8Array<ArrayBuffer> {
  const pool = new Uint8Array(pooledBytes);
  let at = pool.length;
  return (length) => {
    if (length > pool.length) return randomBytes(length);
    if (at + length > pool.length) {
      randomFillSync(pool);
      at = 0;
    }
    const drawn = pool.slice(at, at + length);
    pool.fill(0, at, at + length);
    at += length;
    return drawn;
  };
}
