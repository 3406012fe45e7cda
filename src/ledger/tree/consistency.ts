// Consistency proofs: RFC 9162 §2.1.4, and the same for a subtree (draft-ietf-plants-merkle-tree-certs §4.4).
import { equalBytes } from "../../base/index.ts";
import type { Sha256 } from "./digest.ts";
import { emptyRoot, isHash, nodeHash } from "./merkle.ts";
import { isSubtree, type Range, splitOf } from "./range.ts";

export interface ConsistencyClaim {
  readonly oldSize: bigint;
  readonly newSize: bigint;
  readonly oldRoot: Uint8Array;
  readonly newRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/**
 * Whether `proof` shows that the first `oldSize` leaves of the new tree are those of the old one. An empty old tree
 * is the beginning of every tree, and nothing can be shown about it.
 */
export function verifyConsistency(sha256: Sha256, claim: ConsistencyClaim): boolean {
  const { oldSize, newSize, oldRoot, newRoot, proof } = claim;
  const subtree = { start: 0n, end: oldSize, hash: oldRoot };
  return oldSize > 0n && verifySubtreeConsistency(sha256, { subtree, size: newSize, root: newRoot, proof });
}

export interface SubtreeConsistencyClaim {
  readonly subtree: { readonly start: bigint; readonly end: bigint; readonly hash: Uint8Array };
  readonly size: bigint;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/**
 * Whether `proof` shows that the subtree over the leaves from `start` to just before `end` is part of the tree under
 * `root`. With `start` 0 this is RFC 9162 §2.1.4.2, whose sn is `tn` here; `fn` is where the subtree begins.
 */
export function verifySubtreeConsistency(sha256: Sha256, claim: SubtreeConsistencyClaim): boolean {
  const { subtree, size, root, proof } = claim;
  if (!isSubtree(subtree.start, subtree.end) || subtree.end > size) return false;
  // The roots are compared with what was computed, so only the proof could pass something else off as a hash.
  if (!proof.every(isHash)) return false;
  if (subtree.start === subtree.end) return proof.length === 0 && equalBytes(subtree.hash, emptyRoot(sha256));
  let [fn, sn, tn] = [subtree.start, subtree.end - 1n, size - 1n];
  // To the largest full subtree at the old right edge, or to the old root where that is itself a node of the new tree.
  while (fn !== sn && (sn === tn || sn % 2n === 1n)) [fn, sn, tn] = [fn >> 1n, sn >> 1n, tn >> 1n];
  const [first, ...rest] = fn === sn ? [subtree.hash, ...proof] : proof;
  if (first === undefined) return false;
  let [fr, sr] = [first, first];
  for (const c of rest) {
    if (tn === 0n) return false;
    if (sn % 2n === 1n || sn === tn) {
      if (fn < sn) fr = nodeHash(sha256, c, fr);
      sr = nodeHash(sha256, c, sr);
      while (sn % 2n === 0n && sn !== 0n) [fn, sn, tn] = [fn >> 1n, sn >> 1n, tn >> 1n];
    } else {
      sr = nodeHash(sha256, sr, c);
    }
    [fn, sn, tn] = [fn >> 1n, sn >> 1n, tn >> 1n];
  }
  return tn === 0n && equalBytes(fr, subtree.hash) && equalBytes(sr, root);
}

/**
 * The subtrees whose roots prove that the tree over the first `oldSize` leaves, of which there is one at least, is
 * the beginning of `tree`: SUBPROOF of RFC 9162 §2.1.4.1. `isKnown` says that the verifier has the old root already.
 */
export function consistencyPath(oldSize: number, tree: Range, isKnown = true): Range[] {
  if (oldSize === tree.end) return isKnown ? [] : [tree];
  const [left, right] = splitOf(tree);
  return oldSize <= left.end
    ? [...consistencyPath(oldSize, left, isKnown), right]
    : [...consistencyPath(oldSize, right, false), left];
}
