// Who has cosigned a log, and when, from the checkpoints that it keeps: the log need not be in use.
import type { InstantMs } from "../../base/index.ts";
import {
  cosignedAt,
  isQuorumMet,
  type LogReader,
  type NoteKey,
  othersOf,
  parseCheckpoint,
  parseNote,
  type TrustFile,
  verifyNote,
} from "../../ledger/index.ts";
import { verifyEd25519 } from "../../keys/index.ts";
import type { PublishedLog } from "../read/published-log.ts";

export interface Cosigning {
  readonly size: number;
  readonly atMs: InstantMs;
}

export interface CosigningReport {
  readonly origin: string;
  readonly size: number;
  /** Whether the present checkpoint has a quorum. */
  readonly isQuorumMet: boolean;
  /** The newest checkpoint that had a quorum, and when it was complete; null where none of those looked at had. */
  readonly lastQuorum: Cosigning | null;
  /** The witnesses of other cells, each with the newest checkpoint that it cosigned. */
  readonly witnesses: readonly { readonly key: NoteKey; readonly last: Cosigning | null }[];
}

/** How far back it looks: about as many seconds of a log in use. */
const maxCheckpoints = 1_000;

/** Null for a log that has published nothing that can be read. */
export async function readCosigning(log: PublishedLog, trust: TrustFile): Promise<CosigningReport | null> {
  const present = await log.readCheckpoint();
  if (present === null) return null;
  const { origin, size } = present;
  const keys = [...othersOf(origin, trust.witnesses)];
  const last = new Map<NoteKey, Cosigning>();
  let lastQuorum: Cosigning | null = null;
  for await (const times of cosignings(log.reader, keys)) {
    for (const [key, cosigning] of times) if (!last.has(key)) last.set(key, cosigning);
    if (lastQuorum === null && isQuorumMet(trust.quorum, new Set(times.keys()))) lastQuorum = latestOf(times);
    if (lastQuorum !== null && last.size === keys.length) break;
  }
  return {
    origin,
    size,
    isQuorumMet: trust.quorum.kind === "none" || lastQuorum?.size === size,
    lastQuorum,
    witnesses: keys.map((key) => ({ key, last: last.get(key) ?? null })),
  };
}

/** The present checkpoint first: it may have more cosignatures than the copy that was kept. */
async function* cosignings(
  reader: LogReader,
  keys: readonly NoteKey[],
): AsyncGenerator<Map<NoteKey, Cosigning>> {
  const sizes = (await reader.list("checkpoints")).map(Number).toSorted((left, right) => right - left);
  for (const path of ["checkpoint", ...sizes.slice(0, maxCheckpoints).map((size) => `checkpoints/${size}`)]) {
    yield cosigningsOf((await reader.read(path)) ?? new Uint8Array(), keys);
  }
}

function cosigningsOf(bytes: Uint8Array, keys: readonly NoteKey[]): Map<NoteKey, Cosigning> {
  const note = parseNote(bytes);
  const head = note.ok ? parseCheckpoint(note.value.text) : note;
  const signers = note.ok ? verifyNote(note.value, keys, verifyEd25519) : note;
  if (!note.ok || !head.ok || !signers.ok) return new Map();
  const found = new Map<NoteKey, Cosigning>();
  for (const key of signers.value) {
    const signature = note.value.signatures.find(
      ({ keyName, keyId }) => keyName === key.name && keyId === key.id,
    );
    if (signature) found.set(key, { size: head.value.size, atMs: cosignedAt(signature) * 1_000 });
  }
  return found;
}

function latestOf(times: ReadonlyMap<NoteKey, Cosigning>): Cosigning | null {
  return [...times.values()].toSorted((left, right) => right.atMs - left.atMs)[0] ?? null;
}
