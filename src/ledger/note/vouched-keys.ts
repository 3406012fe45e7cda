// The keys of later logs, from proofs of the entries that closed the earlier ones: for whoever has not the earlier logs
// themselves, but the proofs that came with a bundle.
import type { Sha256, VerifyEd25519 } from "../tree/digest.ts";
import { parseEntry } from "../entry/entry-schema.ts";
import type { ClosedEntry } from "../entry/lifecycle-entry.ts";
import { nextKey, trusting } from "../verify/log-succession.ts";
import type { NoteKey } from "./note-key.ts";
import { type ProofFile, verifyProofFile } from "./proof-file.ts";
import type { TrustPolicy } from "./trust-policy.ts";

export interface ProofVerifiers {
  readonly sha256: Sha256;
  readonly verifyEd25519: VerifyEd25519;
}

/**
 * The policy, and the keys that a chain of such proofs vouches for, beginning at a log that the policy names. Proofs
 * that prove nothing are left out; what they should have vouched for is then not believed. To be given oldest first.
 */
export function trustingClosings(
  trust: TrustPolicy,
  closings: readonly ProofFile[],
  verifiers: ProofVerifiers,
): TrustPolicy {
  const vouched: NoteKey[] = [];
  for (const closing of closings) {
    const key = vouchedBy(closing, trusting(trust, vouched), verifiers);
    if (key !== null) vouched.push(key);
  }
  return trusting(trust, vouched);
}

/** What is left of a pruned log beside its checkpoint: the proof of its last entry. */
export const closingFile = "closing.tlog-proof";

export interface ProvenClosing {
  readonly origin: string;
  readonly entry: ClosedEntry;
}

function vouchedBy(proof: ProofFile, trust: TrustPolicy, verifiers: ProofVerifiers): NoteKey | null {
  const closing = provenClosing(proof, trust, verifiers);
  return closing && nextKey(verifiers.sha256, closing.origin, closing.entry);
}

/** The entry that ended a log, if the proof shows that it is its last one; null otherwise. */
export function provenClosing(
  proof: ProofFile,
  trust: TrustPolicy,
  { sha256, verifyEd25519 }: ProofVerifiers,
): ProvenClosing | null {
  if (proof.extra === null) return null;
  const checkpoint = verifyProofFile(proof, { entry: proof.extra, trust, sha256, verifyEd25519 });
  const entry = parseEntry(proof.extra);
  // Only the last entry speaks: one before it could have been followed by another.
  if (!checkpoint.ok || !entry.ok || proof.index !== checkpoint.value.size - 1) return null;
  return entry.value.t === "closed" ? { origin: checkpoint.value.origin, entry: entry.value } : null;
}
