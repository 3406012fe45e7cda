// How a witness comes to know the log of the next month: the last entry of a log that it follows names the next one's
// key, and a proof under what it cosigned last shows that entry. docs/spec/witness.md, "add-log".
import { equalBytes } from "../../base/index.ts";
import { type Checkpoint, parseCheckpoint } from "../note/checkpoint.ts";
import type { ClosedEntry } from "../entry/lifecycle-entry.ts";
import { parseEntry } from "../entry/entry-schema.ts";
import { verifyInclusion } from "../tree/inclusion.ts";
import { leafHash } from "../tree/merkle.ts";
import { type NoteKey, parseNoteKey } from "../note/note-key.ts";
import { parseNote, verifyNote } from "../note/note.ts";
import type { ProofFile } from "../note/proof-file.ts";
import { ed25519Type } from "../note/signature-type.ts";
import type { Verifiers, WitnessedLog } from "./witness-judgement.ts";

export type Introduction =
  | { readonly status: 200; readonly key: NoteKey }
  /** The proof is not under the checkpoint that was cosigned last, which has this size. */
  | { readonly status: 409; readonly size: number }
  | { readonly status: 403 | 404 | 422; readonly reason: string };

/** The log that a proof speaks for; null when its checkpoint says nothing. */
export function provenOrigin({ checkpoint }: ProofFile): string | null {
  return checkpointOf(checkpoint)?.origin ?? null;
}

/**
 * `log` is the one that the proof speaks for. Its key alone is not enough: the holder of an old key could name two
 * successors, one to each witness. So the entry must lie under the very tree that this witness has cosigned.
 */
export function judgeIntroduction(proof: ProofFile, log: WitnessedLog, verifiers: Verifiers): Introduction {
  if (log.keys.length === 0) return { status: 404, reason: "no log with this origin is followed here" };
  const note = parseNote(proof.checkpoint);
  const head = checkpointOf(proof.checkpoint);
  const signers = note.ok ? verifyNote(note.value, log.keys, verifiers.verifyEd25519) : note;
  if (!signers.ok || head === null)
    return { status: 403, reason: "the log's key has not signed the checkpoint" };
  if (log.known?.size !== head.size || !equalBytes(log.known.root, head.root)) {
    return { status: 409, size: log.known?.size ?? 0 };
  }
  const next = successorIn(proof, head, verifiers);
  if (next === null) return { status: 422, reason: "the last entry of the log names no successor" };
  const key = parseNoteKey(verifiers.sha256, next.key);
  if (!key.ok || key.value.type !== ed25519Type || key.value.name !== next.origin) {
    return { status: 422, reason: "the entry's key is not one of the log that it names" };
  }
  return seriesOf(next.origin) === seriesOf(head.origin) && next.origin > head.origin
    ? { status: 200, key: key.value }
    : { status: 422, reason: "a log may only name a later one of the same cell" };
}

function successorIn(
  { extra, index, hashes }: ProofFile,
  head: Checkpoint,
  { sha256 }: Verifiers,
): ClosedEntry["next"] {
  if (extra === null || index !== head.size - 1) return null;
  const isIncluded = verifyInclusion(sha256, {
    index: BigInt(index),
    size: BigInt(head.size),
    leaf: leafHash(sha256, extra),
    root: head.root,
    proof: hashes,
  });
  const entry = isIncluded ? parseEntry(extra) : null;
  return entry?.ok && entry.value.t === "closed" ? entry.value.next : null;
}

function checkpointOf(bytes: Uint8Array): Checkpoint | null {
  const note = parseNote(bytes);
  const checkpoint = note.ok ? parseCheckpoint(note.value.text) : null;
  return checkpoint?.ok ? checkpoint.value : null;
}

/** An origin without its month. */
function seriesOf(origin: string): string {
  return origin.slice(0, origin.lastIndexOf("/") + 1);
}
