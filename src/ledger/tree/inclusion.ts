// Inclusion proofs: RFC 9162 §2.1.3, and the same inside a subtree (draft-ietf-plants-merkle-tree-certs §4.3).
import { equalBytes } from "../../base/index.ts";
import type { Sha256 } from "./digest.ts";
import { isHash, nodeHash } from "./merkle.ts";
import { isSubtree, type Range, splitOf } from "./range.ts";

/** BigInt, because a proof from elsewhere may be about a tree of up to 2^63 leaves. */
export interface InclusionClaim {
  readonly index: bigint;
  readonly size: bigint;
  readonly leaf: Uint8Array;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** Whether `proof` shows that the tree of `size` leaves under `root` has the leaf hash `leaf` at `index`. */
export function verifyInclusion(sha256: Sha256, claim: InclusionClaim): boolean {
  return verifySubtreeInclusion(sha256, { ...claim, start: 0n, end: claim.size });
}

export interface SubtreeInclusionClaim extends Omit<InclusionClaim, "size"> {
  readonly start: bigint;
  readonly end: bigint;
}

/** The same for the subtree over the leaves from `start` to just before `end`. */
export function verifySubtreeInclusion(sha256: Sha256, claim: SubtreeInclusionClaim): boolean {
  const { index, start, end, leaf, root, proof } = claim;
  if (!isSubtree(start, end) || index < start || index >= end) return false;
  if (![leaf, root, ...proof].every(isHash)) return false;
  // RFC 9162 §2.1.3.2, with its names.
  let [fn, sn, r] = [index - start, end - start - 1n, leaf];
  for (const p of proof) {
    if (sn === 0n) return false;
    if (fn % 2n === 1n || fn === sn) {
      r = nodeHash(sha256, p, r);
      for (; fn % 2n === 0n && fn !== 0n; sn >>= 1n) fn >>= 1n;
    } else {
      r = nodeHash(sha256, r, p);
    }
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  return sn === 0n && equalBytes(r, root);
}

/** The subtrees whose roots prove that a tree has a leaf at `index`, from the leaf up: PATH of RFC 9162 §2.1.3.1. */
export function inclusionPath(index: number, tree: Range): Range[] {
  if (tree.end - tree.start === 1) return [];
  const [left, right] = splitOf(tree);
  return index < left.end ? [...inclusionPath(index, left), right] : [...inclusionPath(index, right), left];
}
