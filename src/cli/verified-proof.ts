import { sha256, verifyEd25519 } from "../keys/index.ts";
import {
  parseEntry,
  parseProofFile,
  type ProofFile,
  type TrustPolicy,
  verifyProofFile,
} from "../ledger/index.ts";
import type { SourceFile } from "./ledger-source.ts";
import { UnusableInputError } from "./unusable-input.ts";

/** What came of one proof in a bundle. */
export interface VerifiedProof {
  readonly file: string;
  /** Null where no checkpoint was believed. */
  readonly origin: string | null;
  readonly index: number;
  /** Null when the entry is proven, and is one. */
  readonly reason: string | null;
}

export function verifyProofs(files: readonly SourceFile[], trust: TrustPolicy): readonly VerifiedProof[] {
  return files.map(({ name, bytes }) => verifyOne(name, usableProof(name, bytes), trust));
}

export function usableProof(file: string, bytes: Uint8Array): ProofFile {
  const proof = parseProofFile(bytes);
  if (proof.ok) return proof.value;
  throw new UnusableInputError([`proof \`${file}\`: ${proof.error}`]);
}

/** In a bundle the file's name says which entry it proves; a proof of another one would mislead its reader. */
function verifyOne(file: string, proof: ProofFile, trust: TrustPolicy): VerifiedProof {
  const { index, extra } = proof;
  if (extra === null) return { file, origin: null, index, reason: "it carries no entry" };
  const verified = verifyProofFile(proof, { entry: extra, trust, sha256, verifyEd25519 });
  if (!verified.ok) return { file, origin: null, index, reason: verified.error };
  const { origin } = verified.value;
  const entry = parseEntry(extra);
  if (!entry.ok) return { file, origin, index, reason: entry.error };
  const isNamed = file.endsWith(`/${origin}/${index}.tlog-proof`);
  return { file, origin, index, reason: isNamed ? null : `it proves entry ${index} of ${origin}` };
}
