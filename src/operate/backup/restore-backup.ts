// From a backup to a directory that a cell could start from, and whether it may.
import { join } from "node:path";
import type { InstantMs } from "../../base/index.ts";
import { sha256, verifyEd25519 } from "../../keys/index.ts";
import { type LedgerReport, type TrustFile, verifyLedger } from "../../ledger/index.ts";
import { openLogDirectory, WitnessClient } from "../../store/index.ts";
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

/** Every file of the backup, checked against its manifest, under its path; the folder must be empty or absent. */
export function writeRestored(backup: Backup, directory: string, nowMs: InstantMs): void {
  const { manifest } = backup;
  if (isExpired(manifest, nowMs)) {
    throw new UnusableBackupError(
      `it expired on ${manifest.expiresAt ?? ""}: keys in it may have been erased since, so it is to be deleted and not restored`,
    );
  }
  requireEmpty(directory);
  for (const { path } of manifest.files) writePrivate(join(directory, path), backup.read(path));
}

/** Verifies the logs below `directory`, and asks the witnesses how large they know them to be. */
export async function checkRestored(
  directory: string,
  { trust, nowMs }: { readonly trust: TrustFile; readonly nowMs: InstantMs },
): Promise<RestoredLedger> {
  const ledger = join(directory, "state", "ledger");
  const logs = await openLogDirectory(ledger);
  const readers = logs.map(({ reader }) => reader);
  const report = await verifyLedger({ readers, trust, sha256, verifyEd25519 });
  const client = new WitnessClient({ trust, directory: ledger, now: () => nowMs });
  const witnessed: string[] = [];
  const behind: LogBehind[] = [];
  for (const { checkpoint } of report.logs) {
    const key = trust.logs.find(({ name }) => name === checkpoint?.origin);
    const newest = key === undefined ? null : await client.newestWitnessed(key);
    if (checkpoint === null || newest === null) continue;
    const { origin, size } = checkpoint;
    if (newest.size > size) behind.push({ origin, restoredSize: size, witnessedSize: newest.size });
    else witnessed.push(origin);
  }
  return { report, witnessed, behind };
}
