// Merkle trees as in RFC 9162 §2.1 (the same trees as RFC 6962 §2.1), with SHA-256.
import type { Sha256 } from "./digest.ts";

export const hashBytes = 32;

// RFC 9162 §2.1.1: leaves and nodes are hashed with different first bytes, so that neither can pose as the other.
const leafPrefix = Uint8Array.of(0x00);
const nodePrefix = Uint8Array.of(0x01);

export function leafHash(sha256: Sha256, entry: Uint8Array): Uint8Array {
  return sha256(leafPrefix, entry);
}

export function nodeHash(sha256: Sha256, left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(nodePrefix, left, right);
}

/** The root of a tree without leaves: the hash of no bytes (RFC 9162 §2.1.1). */
export function emptyRoot(sha256: Sha256): Uint8Array {
  return sha256();
}

/**
 * The root over consecutive hashes of one level, 32 bytes each and laid end to end. Pairs are hashed from left to
 * right and an odd last one moves up as it is, which is the tree that RFC 9162 §2.1.1 defines by splitting. The last
 * hash may therefore stand for a subtree that is not full.
 */
export function rootOfHashes(sha256: Sha256, hashes: Uint8Array): Uint8Array {
  if (hashes.length === 0) return emptyRoot(sha256);
  const row = new Uint8Array(hashes); // a copy even of a Node Buffer, whose slice() is a view
  for (let length = row.length; length > hashBytes; length = foldRow(sha256, row, length));
  return row.subarray(0, hashBytes);
}

/** Hashes the row's pairs into its front half; returns the length of the new row in bytes. */
function foldRow(sha256: Sha256, row: Uint8Array, length: number): number {
  const pairBytes = 2 * hashBytes;
  let written = 0;
  for (let offset = 0; offset < length; offset += pairBytes, written += hashBytes) {
    const pair = row.subarray(offset, Math.min(offset + pairBytes, length));
    row.set(pair.length === pairBytes ? sha256(nodePrefix, pair) : pair, written);
  }
  return written;
}

export function isHash(bytes: Uint8Array): boolean {
  return bytes.length === hashBytes;
}
