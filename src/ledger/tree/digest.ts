/** SHA-256 of the concatenation of `parts`, 32 bytes. Injected, so that the same code runs on Node and in a browser. */
export type Sha256 = (...parts: readonly Uint8Array[]) => Uint8Array;

/** Checks one Ed25519 signature (RFC 8032). */
export type VerifyEd25519 = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

/** Signs with a key that the caller holds; the result is 64 bytes. */
export type SignEd25519 = (message: Uint8Array) => Uint8Array;
