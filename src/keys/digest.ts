// The Node implementations of the functions that the pure ledger room takes as arguments.
import { createHash, createPublicKey, randomBytes as nodeRandomBytes, verify } from "node:crypto";

/** SHA-256 of the concatenation of `parts`, 32 bytes. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

/**
 * Checks one Ed25519 signature (RFC 8032). A key or signature of the wrong length verifies nothing, so the answer is
 * false rather than an error.
 */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const key = createPublicKey({
    key: { kty: "OKP", crv: "Ed25519", x: Buffer.from(publicKey).toString("base64url") },
    format: "jwk",
  });
  return verify(null, message, key, signature);
}

/** `length` bytes from the operating system's generator. */
export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(nodeRandomBytes(length));
}
