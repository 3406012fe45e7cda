// From a backup to a directory that a cell could start from, and whether it may.
import { join } from "node:path";
import type { InstantMs } from "../../base/index.ts";
import { monotonicNow } from "../../clock/index.ts";
import { sha256, verifyEd25519 } from "../../keys/index.ts";
import {
  type Entry,
  type LedgerReport,
  type NoteKey,
  parseEntry,
  parseNoteKey,
  type TrustFile,
  verifyLedger,
} from "../../ledger/index.ts";
import { openLogDirectory, type PublishedLog, WitnessClient } from "../../store/index.ts";
import { type Backup, requireEmpty, writePrivate } from "./backup-file.ts";
import { isExpired, UnusableBackupError } from "./backup-manifest.ts";

/** A log of which a witness has cosigned more than the backup has. */
export interface LogBehind {
  readonly origin: string;
  readonly restoredSize: number;
  readonly witnessedSize: number;
}

export interface RestoredLedger {
  readonly report: LedgerReport;
  /** The logs whose witnesses could be asked, and had seen no more. */
  readonly witnessed: readonly string[];
  /** These must never be continued: whoever has seen the larger one would see a fork. */
  readonly behind: readonly LogBehind[];
}

/** Writes every file of the backup, checked against its manifest; the folder must be empty or absent. */
export function writeRestored(backup: Backup, directory: string, nowMs: InstantMs): void {
  const { manifest } = backup;
  if (isExpired(manifest, nowMs)) {
    throw new UnusableBackupError(
      `it expired on ${manifest.expiresAt ?? ""}: keys in it may have been erased since, so it is to be deleted and not restored`,
    );
  }
  if (nowMs < Date.parse(manifest.madeAt)) {
    throw new UnusableBackupError(
      `it was made on ${manifest.madeAt}, which is to come by this machine's clock: whether it has expired cannot be told; set the clock first`,
    );
  }
  requireEmpty(directory);
  for (const { path } of manifest.files) writePrivate(join(directory, path), backup.read(path));
}

/** Verifies the logs below `directory`, and asks the witnesses how large they know them to be. */
export async function checkRestored(directory: string, trust: TrustFile): Promise<RestoredLedger> {
  const ledger = join(directory, "state", "ledger");
  const logs = await openLogDirectory(ledger);
  const readers = logs.map(({ reader }) => reader);
  const report = await verifyLedger({ readers, trust, sha256, verifyEd25519 });
  const client = new WitnessClient({ trust, directory: ledger, monotonicNow });
  const witnessed: string[] = [];
  const behind: LogBehind[] = [];
  for (const { key, size } of await growingLogs(logs, trust)) {
    const newest = await client.newestWitnessed(key);
    const origin = key.name;
    if (newest !== null && newest.size > size) {
      behind.push({ origin, restoredSize: size, witnessedSize: newest.size });
    } else if (newest !== null) witnessed.push(origin);
  }
  return { report, witnessed, behind };
}

/**
 * The logs that may go on, with their keys: named in the trust file, or by the log before, which was verified. A log
 * that says that it is closed cannot have been larger.
 */
async function growingLogs(
  logs: readonly PublishedLog[],
  trust: TrustFile,
): Promise<readonly { readonly key: NoteKey; readonly size: number }[]> {
  const keys = new Map(trust.logs.map((key) => [key.name, key]));
  const growing: { readonly key: NoteKey; readonly size: number }[] = [];
  for (const log of logs) {
    const checkpoint = await log.readCheckpoint();
    if (checkpoint === null || checkpoint.size === 0) continue;
    const last = await readLast(log, checkpoint.size);
    const next = last?.t === "closed" && last.next !== null ? parseNoteKey(sha256, last.next.key) : null;
    if (next?.ok) keys.set(next.value.name, next.value);
    const key = keys.get(checkpoint.origin);
    if (last?.t !== "closed" && key !== undefined) growing.push({ key, size: checkpoint.size });
  }
  return growing;
}

/** Null where there is none to be read: the log is damaged, which its report says, or was deleted when its time was over. */
async function readLast(log: PublishedLog, size: number): Promise<Entry | null> {
  const bytes = await log.readEntry(size - 1).catch(() => null);
  const entry = bytes === null ? null : parseEntry(bytes);
  return entry?.ok ? entry.value : null;
}
