// A witness (https://c2sp.org/tlog-witness) for the logs of other cells: it cosigns what continues what it cosigned
// before, and nothing else. It sees sizes, hashes and signatures, never an entry but the one that names a log's successor.
// The control thread owns its state.
import type { WallClock } from "../../base/index.ts";
import { sha256, verifyEd25519 } from "../../keys/index.ts";
import {
  type Checkpoint,
  type Contradiction,
  cosign,
  formatNote,
  formatNoteKey,
  formatSignature,
  judgeIntroduction,
  judgeSubmission,
  type Note,
  type NoteKey,
  type NoteSigner,
  othersOf,
  parseAddCheckpoint,
  parseCheckpoint,
  parseNote,
  parseNoteKey,
  parseProofFile,
  provenOrigin,
  type Submission,
  type WitnessedLog,
} from "../../ledger/index.ts";
import { type FileSystem, nodeFileSystem } from "../../disk/index.ts";
import { RememberedNotes } from "./remembered-notes.ts";
import type { SignedPair } from "./witness-evidence.ts";
import { originHash, type WitnessRecord, WitnessState } from "./witness-state.ts";

export interface WitnessOptions {
  readonly directory: string;
  readonly signer: NoteSigner;
  /** Whom the trust file names; those of the witness's own cell are left out. */
  readonly logs: readonly NoteKey[];
  readonly now: WallClock;
  readonly fileSystem?: FileSystem;
}

/** What goes back over HTTP, and what this cell has to tell of it. */
export interface WitnessReply {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly contentType: string;
  readonly body: string;
  readonly contradiction: Contradiction | null;
}

const verifiers = { sha256, verifyEd25519 };
const plainText = "text/plain; charset=utf-8";
const sizeText = "text/x.tlog.size";

/** Rejects when a record cannot be read or written again. */
export async function openWitness(options: WitnessOptions): Promise<Witness> {
  const { fileSystem = nodeFileSystem, directory } = options;
  const state = await WitnessState.open(fileSystem, directory);
  for (const record of state.records) requireReadable(record);
  return new Witness(options, state);
}

/**
 * INVARIANT: a cosignature is given out only when what it signs is on disk as the log's newest checkpoint. If we crash
 * in between, the log asks again, and gets one for the same tree (tlog-witness, "add-checkpoint").
 */
export class Witness {
  readonly #state: WitnessState;
  readonly #signer: NoteSigner;
  readonly #logs: readonly NoteKey[];
  readonly #now: WallClock;
  readonly #remembered = new RememberedNotes();

  constructor({ signer, logs, now }: WitnessOptions, state: WitnessState) {
    this.#state = state;
    this.#signer = signer;
    this.#now = now;
    this.#logs = logs.filter(({ name }) => this.#isOfAnotherCell(name));
  }

  /** Answers `add-checkpoint`. Rejects with `WitnessUnavailableError` when what it would say cannot be kept. */
  async addCheckpoint(body: Uint8Array): Promise<WitnessReply> {
    const submission = parseAddCheckpoint(body);
    if (!submission.ok) return refusal(400, submission.error);
    const { origin } = submission.value.checkpoint;
    // Somebody who only makes up origins must not make us keep anything.
    if (this.#keysFor(origin).length === 0) return refusal(404, "no log with this origin is followed here");
    const { reply } = await this.#state.update(origin, (record) => this.#judge(submission.value, record));
    return reply;
  }

  /** Answers `add-log`: the last entry of a log that is followed here names the log of the month after. */
  async addLog(body: Uint8Array): Promise<WitnessReply> {
    const proof = parseProofFile(body);
    const origin = proof.ok ? provenOrigin(proof.value) : null;
    if (!proof.ok || origin === null) return refusal(400, "the body is no proof (c2sp.org/tlog-proof)");
    const introduction = judgeIntroduction(proof.value, this.#knownOf(origin), verifiers);
    if (introduction.status === 409) return conflict(introduction.size, null);
    if (introduction.status !== 200) return refusal(introduction.status, introduction.reason);
    const { key } = introduction;
    const { reply } = await this.#state.update(key.name, (record) => this.#introduce(key, record));
    return reply;
  }

  /** The checkpoint that was cosigned last, with the cosignature, by the hex SHA-256 of the log's origin. */
  newest(hash: string): Uint8Array | null {
    return this.#state.recordOf(hash).checkpoint;
  }

  #judge(submission: Submission, record: WitnessRecord): Decision {
    const { checkpoint, note } = submission;
    const log = this.#logOf(checkpoint.origin, record);
    const judgement = judgeSubmission(submission, log, verifiers);
    const own = ownNote(note, log.keys);
    if (judgement.status === 409) {
      const { size, contradiction } = judgement;
      return this.#accused(conflict(size, contradiction), own, record);
    }
    if (judgement.status !== 200) {
      const contradiction = judgement.status === 422 ? judgement.contradiction : null;
      return this.#accused({ ...refusal(judgement.status, judgement.reason), contradiction }, own, record);
    }
    const cosignature = cosign(note.text, Math.floor(this.#now() / 1_000), this.#signer);
    // This tree is on record for good. Whoever asks again and again must not keep the disk busy.
    if (log.known?.size === checkpoint.size) return kept(answer(formatSignature(cosignature)));
    const cosigned = formatNote({ ...own, signatures: [...own.signatures, cosignature] });
    this.#remembered.add(checkpoint.origin, checkpoint.size, cosigned);
    return {
      ...kept(answer(formatSignature(cosignature))),
      next: { ...record, checkpoint: cosigned },
    };
  }

  /** With what proves it, where it is one. Only what is on disk is told. */
  #accused(reply: WitnessReply, shownNote: Note, record: WitnessRecord): Decision {
    if (reply.contradiction === null) return kept(reply);
    const { shown } = reply.contradiction;
    const knownNote = this.#noteAt(shown, record);
    if (knownNote === null) throw new TypeError("a tree contradicts none that was cosigned");
    return { ...kept(reply), proof: { shown, knownNote, shownNote: formatNote(shownNote) } };
  }

  /** The newest one is on record, whatever is remembered. */
  #noteAt(
    { origin, size }: Pick<Checkpoint, "origin" | "size">,
    { checkpoint }: WitnessRecord,
  ): Uint8Array | null {
    if (checkpoint !== null && requireCheckpoint(checkpoint).size === size) return checkpoint;
    return this.#remembered.at(origin, size);
  }

  #introduce(key: NoteKey, record: WitnessRecord): Decision {
    const known = this.#logOf(key.name, record).keys;
    if (known.some(({ id }) => id === key.id)) return kept(answer(""));
    if (known.length > 0) return kept(refusal(403, "this log is known by another key"));
    return { ...kept(answer("")), next: { ...record, introducedKey: formatNoteKey(key) } };
  }

  #knownOf(origin: string): WitnessedLog {
    return this.#logOf(origin, this.#state.recordOf(originHash(origin)));
  }

  #logOf(origin: string, record: WitnessRecord): WitnessedLog {
    const { checkpoint, introducedKey } = record;
    const introduced = introducedKey === null ? [] : [requireKey(introducedKey)];
    const keys = [...this.#logs, ...introduced].filter(({ name }) => name === origin);
    return {
      keys,
      known: checkpoint && requireCheckpoint(checkpoint),
      cosignedAt: (size) => {
        const note = this.#noteAt({ origin, size }, record);
        return note && requireCheckpoint(note);
      },
    };
  }

  #keysFor(origin: string): readonly NoteKey[] {
    return this.#knownOf(origin).keys;
  }

  /** A cosignature of one's own log would say nothing (docs/decisions/0017). */
  #isOfAnotherCell(origin: string): boolean {
    return othersOf(origin, [this.#signer.key]).size > 0;
  }
}

interface Decision {
  readonly next: WitnessRecord | null;
  readonly proof: SignedPair | null;
  readonly reply: WitnessReply;
}

function kept(reply: WitnessReply): Decision {
  return { next: null, proof: null, reply };
}

function answer(body: string): WitnessReply {
  return { status: 200, contentType: plainText, body, contradiction: null };
}

function refusal(status: 400 | 403 | 404 | 422, reason: string): WitnessReply {
  return { status, contentType: plainText, body: `${reason}\n`, contradiction: null };
}

function conflict(size: number, contradiction: Contradiction | null): WitnessReply {
  return { status: 409, contentType: sizeText, body: `${size}\n`, contradiction };
}

/** Without what others put beside the log's signatures. */
function ownNote({ text, signatures }: Note, keys: readonly NoteKey[]): Note {
  return { text, signatures: signatures.filter(({ keyId }) => keys.some(({ id }) => id === keyId)) };
}

function requireReadable({ checkpoint, introducedKey }: WitnessRecord): void {
  if (checkpoint !== null) requireCheckpoint(checkpoint);
  if (introducedKey !== null) requireKey(introducedKey);
}

/** Our own record: if it is damaged, nobody knows what was cosigned. */
function requireCheckpoint(bytes: Uint8Array): Checkpoint {
  const note = parseNote(bytes);
  const checkpoint = note.ok ? parseCheckpoint(note.value.text) : note;
  if (!checkpoint.ok) throw new DamagedRecordError(checkpoint.error);
  return checkpoint.value;
}

function requireKey(vkey: string): NoteKey {
  const key = parseNoteKey(sha256, vkey);
  if (!key.ok) throw new DamagedRecordError(key.error);
  return key.value;
}

class DamagedRecordError extends Error {
  constructor(reason: string) {
    super(
      `a record of this witness is damaged (${reason}): restore \`witness/\` in the state, or replace the witness's key`,
    );
    this.name = "DamagedRecordError";
  }
}
