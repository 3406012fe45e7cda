// What shows a witness the log of a new month: the end of the log before it, which names this one's key.
import { basename } from "node:path";
import { sha256 } from "../../keys/index.ts";
import {
  formatProofFile,
  parseCheckpoint,
  parseEntry,
  parseNote,
  proveConsistency,
  proveInclusion,
} from "../../ledger/index.ts";
import { openLogDirectory } from "../read/log-directory.ts";

export interface Introduction {
  /** A `.tlog-proof` whose extra data is the `closed` entry. */
  readonly proof: Uint8Array;
  /** The last one of the log before. */
  readonly checkpoint: Uint8Array;
  /** Proves that the log before grew from an earlier tree to its last one. */
  readonly proveFrom: (size: number) => Promise<readonly Uint8Array[]>;
}

/** Null where the ledger in `directory` has no log that ended by naming `origin`. */
export async function introductionTo(directory: string, origin: string): Promise<Introduction | null> {
  const shard = basename(origin);
  const logs = await openLogDirectory(directory);
  const before = logs.findLast((log) => basename(log.directory) < shard);
  const checkpoint = (await before?.reader.read("checkpoint")) ?? null;
  if (before === undefined || checkpoint === null) return null;
  const note = parseNote(checkpoint);
  const head = note.ok ? parseCheckpoint(note.value.text) : note;
  if (!head.ok || head.value.size === 0) return null;
  const { size } = head.value;
  const entry = await before.readEntry(size - 1);
  const parsed = parseEntry(entry);
  if (!parsed.ok || parsed.value.t !== "closed" || parsed.value.next?.origin !== origin) return null;
  const log = { reader: before.reader, sha256, size };
  const hashes = await proveInclusion(log, size - 1);
  return {
    proof: formatProofFile({ extra: entry, index: size - 1, hashes, checkpoint }),
    checkpoint,
    proveFrom: (from) => (from === 0 ? Promise.resolve([]) : proveConsistency(log, from)),
  };
}
