import { toHex } from "../../base/index.ts";
import { sha256, verifyEd25519 } from "../../keys/index.ts";
import {
  parseEntry,
  parseProofFile,
  type ProofFile,
  type TrustPolicy,
  verifyProofFile,
} from "../../ledger/index.ts";
import type { LedgerSource } from "./ledger-source.ts";
import { UnusableInputError } from "../../disk/index.ts";

/** What came of one proof in a bundle. */
export interface VerifiedProof {
  readonly file: string;
  /** Null where the proof leads to no trusted checkpoint. */
  readonly origin: string | null;
  readonly index: number;
  /** Null when the entry is proven, and is one. */
  readonly reason: string | null;
}

/** Texts of policies prove themselves: each is the one that a proven entry names by its hash. */
export function verifyProofs(
  { proofs, texts }: Pick<LedgerSource, "proofs" | "texts">,
  trust: TrustPolicy,
): readonly VerifiedProof[] {
  const known = new Set(texts.map(({ bytes }) => toHex(sha256(bytes))));
  return proofs.map(({ name, bytes }) => {
    const proof = usableProof(name, bytes);
    const verified = verifyOne(name, proof, trust);
    const missing = verified.reason === null ? missingText(proof, known) : null;
    return missing === null
      ? verified
      : { ...verified, reason: `the text ${missing} that it names is not there` };
  });
}

function missingText({ extra }: ProofFile, known: ReadonlySet<string>): string | null {
  const entry = parseEntry(extra ?? new Uint8Array());
  if (!entry.ok || entry.value.t !== "policy") return null;
  return entry.value.texts.find(({ hash }) => !known.has(hash))?.hash ?? null;
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
  if (!entry.ok) return { file, origin, index, reason: entry.error.reason };
  const isNamed = file.endsWith(`/${origin}/${index}.tlog-proof`);
  return { file, origin, index, reason: isNamed ? null : `it proves entry ${index} of ${origin}` };
}
