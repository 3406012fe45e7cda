// What a subject's 32 secret bytes are used for. They are never used themselves: each purpose has a key of its own
// (HKDF, RFC 5869), so that handing an auditor the one that checks commitments does not hand over contents.
import { createHmac, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import { encodeUtf8 } from "../../base/index.ts";

export interface SubjectKey {
  /** 128 random bits in hex that name the key; two months of one subject cannot be linked by it. */
  readonly handle: string;
  /** HMAC-SHA256(K, label || 0x00 || bytes) in hex. The label separates purposes, for example `req/v1`. */
  commit(label: string, bytes: Uint8Array): string;
  /** The same commitment for bytes that arrive in pieces. */
  commitment(label: string): Commitment;
  /** 32 bytes for another purpose, for example `records/v1`. They cannot be had back once the key is erased. */
  deriveKey(label: string): Uint8Array;
}

export interface Commitment {
  update(bytes: Uint8Array): void;
  /** Hex. Ends the commitment: neither method may be called again. */
  digest(): string;
}

export const seedBytes = 32;
const commitmentLabel = "commitments/v1";

/** What a subject's key is made of. INVARIANT: it travels to another thread of the process, and nowhere else. */
export interface SubjectSecret {
  readonly handle: string;
  readonly seed: KeyObject;
}

/** Imported once: a MAC under raw bytes would import them again each time, which costs five times the MAC. */
export function importSecret(handle: string, secret: Uint8Array): SubjectSecret {
  return { handle, seed: createSecretKey(secret) };
}

export function subjectKeyOf({ handle, seed }: SubjectSecret): SubjectKey {
  return {
    handle,
    ...commitmentsUnder(derive(seed, commitmentLabel)),
    deriveKey: (label) => {
      if (label === commitmentLabel) throw new TypeError(`\`${label}\` is the commitments' own label`);
      return derive(seed, label);
    },
  };
}

/** K of {@link SubjectKey.commit}: what a disclosure hands over. */
export function commitmentKeyOf(secret: Uint8Array): Uint8Array<ArrayBuffer> {
  return derive(createSecretKey(secret), commitmentLabel);
}

export function commitmentsUnder(keyBytes: Uint8Array): Pick<SubjectKey, "commit" | "commitment"> {
  const key = createSecretKey(keyBytes);
  return {
    commit: (label, bytes) => hmac(key, label, bytes),
    commitment: (label) => startCommitment(key, label),
  };
}

export function hmac(key: KeyObject, label: string, bytes: Uint8Array): string {
  const commitment = startCommitment(key, label);
  commitment.update(bytes);
  return commitment.digest();
}

function startCommitment(key: KeyObject, label: string): Commitment {
  // The 0x00 ends the label; a label that holds one could pass for a shorter label with other bytes.
  if (label.includes("\0")) throw new TypeError("a commitment's label must not hold U+0000");
  const mac = createHmac("sha256", key).update(`${label}\0`);
  return {
    update: (bytes) => void mac.update(bytes),
    digest: () => mac.digest("hex"),
  };
}

function derive(seed: KeyObject, label: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(hkdfSync("sha256", seed, new Uint8Array(), encodeUtf8(label), seedBytes));
}
