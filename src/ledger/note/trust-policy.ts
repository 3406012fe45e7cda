// Whom a verifier believes: https://c2sp.org/tlog-policy
import { fail, type Result } from "../../base/index.ts";
import { type Checkpoint, parseCheckpoint } from "./checkpoint.ts";
import type { VerifyEd25519 } from "../tree/digest.ts";
import type { NoteKey } from "./note-key.ts";
import { parseNote, verifyNote } from "./note.ts";

export interface TrustPolicy {
  /** A log's key is named like its origin. */
  readonly logs: readonly NoteKey[];
  readonly witnesses: readonly NoteKey[];
  /** Which witnesses must have cosigned, beside the log's own signature. */
  readonly quorum: Quorum;
}

export type Quorum =
  | { readonly kind: "none" }
  | { readonly kind: "witness"; readonly key: NoteKey }
  | { readonly kind: "group"; readonly least: number; readonly members: readonly Quorum[] };

/** Whether the checkpoint is "signed by any one of the listed logs, and cosigned according to the quorum rule". */
export function verifyCheckpoint(
  bytes: Uint8Array,
  trust: TrustPolicy,
  verifyEd25519: VerifyEd25519,
): Result<Checkpoint, string> {
  const note = parseNote(bytes);
  if (!note.ok) return note;
  const checkpoint = parseCheckpoint(note.value.text);
  if (!checkpoint.ok) return checkpoint;
  // "This name MUST correspond to the log's origin line": another trusted log's key does not speak for this origin.
  const logs = trust.logs.filter(({ name }) => name === checkpoint.value.origin);
  if (logs.length === 0) return fail("the policy names no log with this origin");
  const signers = verifyNote(note.value, [...logs, ...trust.witnesses], verifyEd25519);
  if (!signers.ok) return signers;
  if (!logs.some((key) => signers.value.has(key))) return fail("the log itself has not signed");
  const cosigners = othersOf(checkpoint.value.origin, signers.value);
  if (isQuorumMet(trust.quorum, cosigners)) return checkpoint;
  return fail(tooFew(checkpoint.value.origin, trust, signers.value));
}

/** Who cosigned, who else is in the quorum, and who of them never counts. */
function tooFew(origin: string, { quorum }: TrustPolicy, signers: ReadonlySet<NoteKey>): string {
  const asked = witnessesOf(quorum);
  const others = othersOf(origin, asked);
  const signed = namesOf([...others].filter((key) => signers.has(key)));
  const missing = namesOf([...others].filter((key) => !signers.has(key)));
  const own = namesOf(asked.filter((key) => !others.has(key)));
  return [
    `too few witnesses have cosigned: ${signed ?? "none"} of those that the quorum names`,
    ...(missing === null ? [] : [`not yet ${missing}`]),
    ...(own === null ? [] : [`${own} is of this log's own cell and never counts`]),
  ].join("; ");
}

function witnessesOf(quorum: Quorum): readonly NoteKey[] {
  if (quorum.kind === "none") return [];
  return quorum.kind === "witness" ? [quorum.key] : quorum.members.flatMap(witnessesOf);
}

function namesOf(keys: readonly NoteKey[]): string | null {
  return keys.length === 0 ? null : keys.map(({ name }) => `\`${name}\``).join(", ");
}

/**
 * Leaves out the witness of the log's own cell. One file speaks for the logs of many cells and their witnesses, and
 * tlog-policy has one quorum for all of them; but who keeps a log could have it cosigned by a key of their own.
 */
export function othersOf(origin: string, cosigners: Iterable<NoteKey>): ReadonlySet<NoteKey> {
  return new Set(
    [...cosigners].filter(({ name }) => !origin.startsWith(`${name.replace("/witness/", "/ledger/")}/`)),
  );
}

/** "at least k of its n members have witnessed that checkpoint, each group member being either a witness or another group" */
export function isQuorumMet(quorum: Quorum, signers: ReadonlySet<NoteKey>): boolean {
  if (quorum.kind === "none") return true;
  if (quorum.kind === "witness") return signers.has(quorum.key);
  return quorum.members.filter((member) => isQuorumMet(member, signers)).length >= quorum.least;
}
