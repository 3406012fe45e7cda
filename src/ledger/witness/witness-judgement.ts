// Whether a witness cosigns: https://c2sp.org/tlog-witness, "add-checkpoint".
import { equalBytes } from "../../base/index.ts";
import type { Checkpoint } from "../note/checkpoint.ts";
import { verifyConsistency } from "../tree/consistency.ts";
import type { Sha256, VerifyEd25519 } from "../tree/digest.ts";
import { emptyRoot } from "../tree/merkle.ts";
import type { NoteKey } from "../note/note-key.ts";
import { verifyNote } from "../note/note.ts";
import type { Submission } from "./witness-request.ts";

/** What a witness knows of the log that a submission names. */
export interface WitnessedLog {
  /** The keys that it believes for this origin; none: it does not follow the log. */
  readonly keys: readonly NoteKey[];
  /** The checkpoint that it cosigned last; null for none. */
  readonly known: Checkpoint | null;
  /** The one of this size that it cosigned, as far as it remembers; `known` is among them. */
  readonly cosignedAt: (size: number) => Checkpoint | null;
}

export type Judgement =
  /** It is cosigned as soon as it is on record. */
  | { readonly status: 200 }
  /** The witness knows the log at another size. */
  | { readonly status: 409; readonly size: number; readonly contradiction: Contradiction | null }
  | { readonly status: 400 | 403 | 404; readonly reason: string }
  | { readonly status: 422; readonly reason: string; readonly contradiction: Contradiction | null };

/**
 * The log's own key has signed two trees of one size. Nothing less accuses a log, for whoever sends a checkpoint is asked
 * for no name: anybody can spoil a proof, and every log has had smaller trees (docs/decisions/0036).
 */
export interface Contradiction {
  readonly known: Checkpoint;
  readonly shown: Checkpoint;
}

export interface Verifiers {
  readonly sha256: Sha256;
  readonly verifyEd25519: VerifyEd25519;
}

/** In the order of the specification: whoever has no key of the log learns nothing from the later answers. */
export function judgeSubmission(submission: Submission, log: WitnessedLog, verifiers: Verifiers): Judgement {
  const { oldSize, note, checkpoint } = submission;
  if (log.keys.length === 0) return { status: 404, reason: "no log with this origin is followed here" };
  const signers = verifyNote(note, log.keys, verifiers.verifyEd25519);
  if (!signers.ok) return { status: 403, reason: signers.error };
  if (oldSize > checkpoint.size)
    return { status: 400, reason: "the old size is larger than the checkpoint's" };
  const contradiction = contradictionOf(log, checkpoint);
  const knownSize = log.known?.size ?? 0;
  if (oldSize !== knownSize) return { status: 409, size: knownSize, contradiction };
  if (contradiction !== null) {
    return { status: 422, reason: "another root was cosigned for this size", contradiction };
  }
  return judgeGrowth(submission, log.known, verifiers.sha256);
}

function judgeGrowth(
  { oldSize, proof, checkpoint }: Submission,
  known: Checkpoint | null,
  sha256: Sha256,
): Judgement {
  // Whoever sends it can have made up the proof: that says nothing of the log.
  const refused = { status: 422, contradiction: null } as const;
  if (checkpoint.size === 0 && !equalBytes(checkpoint.root, emptyRoot(sha256))) {
    return { ...refused, reason: "an empty tree has another root" };
  }
  // Nothing can be shown about an empty tree, and "The proof MUST be empty if the old size is zero".
  if (known === null || oldSize === 0) {
    return proof.length === 0
      ? { status: 200 }
      : { ...refused, reason: "there is no proof from an empty tree" };
  }
  const isContinued = verifyConsistency(sha256, {
    oldSize: BigInt(oldSize),
    newSize: BigInt(checkpoint.size),
    oldRoot: known.root,
    newRoot: checkpoint.root,
    proof,
  });
  if (isContinued) return { status: 200 };
  return { ...refused, reason: "the proof does not lead from the cosigned tree to this one" };
}

function contradictionOf({ cosignedAt }: WitnessedLog, shown: Checkpoint): Contradiction | null {
  const known = cosignedAt(shown.size);
  return known === null || equalBytes(shown.root, known.root) ? null : { known, shown };
}
