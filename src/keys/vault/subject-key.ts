// What a subject's 32 secret bytes are used for. They are never used themselves: each purpose has a key of its own
// (HKDF, RFC 5869), so that handing an auditor the one that checks commitments does not hand over contents.
import { createHmac, createSecretKey, hash, hkdfSync, type KeyObject } from "node:crypto";
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
  const paddings = paddingsOf(keyBytes);
  return {
    commit: (label, bytes) =>
      bytes.length <= maxOneShotBytes ? oneShot(paddings, label, bytes) : hmac(key, label, bytes),
    commitment: (label) => startCommitment(key, label),
  };
}

/** SHA-256 takes so many bytes at a time; the label and the key's padding come before the bytes. */
const [blockBytes, digestBytes, maxLabelBytes] = [64, 32, 64];
/** To copy more costs more than to make an object of the library's for it, which takes some 2 µs and collections. */
const maxOneShotBytes = 8 * 1024;
const scratch = Buffer.alloc(blockBytes + maxLabelBytes + maxOneShotBytes);

/** The key in the inner and the outer padding of RFC 2104 §2; behind the latter is room for the inner digest. */
interface Paddings {
  readonly inner: Uint8Array;
  readonly outer: Uint8Array;
}

function paddingsOf(key: Uint8Array): Paddings {
  if (key.length > blockBytes) throw new TypeError(`a commitment's key has at most ${blockBytes} bytes`);
  const inner = new Uint8Array(blockBytes).fill(0x36);
  const outer = new Uint8Array(blockBytes + digestBytes).fill(0x5c);
  for (const [at, byte] of key.entries()) {
    inner[at] = byte ^ 0x36;
    outer[at] = byte ^ 0x5c;
  }
  return { inner, outer };
}

/** The same as {@link hmac}, by two hashes of bytes that lie in one piece. */
function oneShot({ inner, outer }: Paddings, label: string, bytes: Uint8Array): string {
  requireLabel(label);
  scratch.set(inner);
  const start = blockBytes + scratch.write(`${label}\0`, blockBytes, "latin1");
  scratch.set(bytes, start);
  outer.set(hash("sha256", scratch.subarray(0, start + bytes.length), "buffer"), blockBytes);
  return hash("sha256", outer, "hex");
}

/** The 0x00 ends the label; a label that holds one could pass for a shorter label with other bytes. */
function requireLabel(label: string): void {
  if (label.includes("\0")) throw new TypeError("a commitment's label must not hold U+0000");
  if (label.length >= maxLabelBytes || !/^[\x20-\x7e]*$/.test(label))
    throw new TypeError("a commitment's label is short and ASCII");
}

export function hmac(key: KeyObject, label: string, bytes: Uint8Array): string {
  const commitment = startCommitment(key, label);
  commitment.update(bytes);
  return commitment.digest();
}

function startCommitment(key: KeyObject, label: string): Commitment {
  requireLabel(label);
  const mac = createHmac("sha256", key).update(`${label}\0`);
  return {
    update: (bytes) => void mac.update(bytes),
    digest: () => mac.digest("hex"),
  };
}

function derive(seed: KeyObject, label: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(hkdfSync("sha256", seed, new Uint8Array(), encodeUtf8(label), seedBytes));
}
