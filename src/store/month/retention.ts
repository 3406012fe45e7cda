// Deletes whole logs when their time is over (docs/decisions/0016), and has the current log say so.
import { join } from "node:path";
import { closingFile, textDirectory } from "../../ledger/index.ts";
import { DurableFiles, type FileSystem } from "../../disk/index.ts";
import { LogSnapshot } from "../export/log-snapshot.ts";
import type { OpenLog } from "./open-shard.ts";
import { type EntryMaker, paired, retentionEntry } from "./own-entries.ts";
import { publishedLog } from "../read/published-log.ts";
import { type ShardName, shardPaths } from "../log/shard.ts";
import type { AgreedTime } from "../time/agreed-time.ts";
import { keptUntil, listShards, type ShardListOptions, type StoredShard } from "./shard-list.ts";

export interface RetentionOptions extends Required<ShardListOptions>, EntryMaker {
  /** Null: logs are kept for ever. */
  readonly retentionDays: number | null;
  readonly time: AgreedTime;
}

/**
 * Tells `current` of every log that is gone or has to go, and lets those go; `told` are those that it was told of since
 * it was opened. Each log tells of all: whoever has the newest one must find there what became of the ones before, also
 * when the log that told it first is gone too.
 *
 * If we crash
 * - before the mark: nothing is gone, and the next call tells of it again;
 * - after the mark: the next call deletes what is left. Hashes and entries leave the log's directory in one step, so
 *   that a reader finds a log whole or pruned, and nothing in between.
 */
export async function applyRetention(
  options: RetentionOptions,
  current: OpenLog,
  told: Set<ShardName>,
): Promise<void> {
  const untold = (await listShards(options)).filter(({ shard }) => !told.has(shard));
  const gone = untold.flatMap((stored) => {
    const keptDays = stored.keptDays ?? overdueDays(options, stored);
    return keptDays === null ? [] : [{ ...stored, keptDays }];
  });
  if (gone.length === 0) return;
  const entries = gone.map(({ head, keptDays }) => retentionEntry(options, head, keptDays));
  await Promise.all(entries.map((entry) => current.writer.append([paired(entry)])));
  await current.writer.seal();
  for (const each of gone) {
    await prune(options, each);
    told.add(each.shard);
  }
}

/** Null when the log has to be kept. */
function overdueDays({ retentionDays, time }: RetentionOptions, { shard, kind }: StoredShard): number | null {
  if (retentionDays === null || kind !== "ended") return null;
  return keptUntil(shard, retentionDays) <= time.check().settledMs ? retentionDays : null;
}

async function prune(
  { fileSystem, directory }: RetentionOptions,
  { shard, kind, keptDays }: StoredShard,
): Promise<void> {
  const paths = shardPaths(directory, shard);
  if (kind !== "pruned") {
    const files = await DurableFiles.open(fileSystem, directory, paths.newFiles);
    await keepClosing(fileSystem, files, paths.log);
    await files.replace(paths.pruned, Buffer.from(String(keptDays)));
  }
  const left = await fileSystem.list(paths.log);
  for (const name of ["tile", "checkpoints", textDirectory]) {
    const doomed = join(directory, "state", shard, name);
    if (left.includes(name)) {
      await fileSystem.removeTree(doomed);
      await fileSystem.rename(join(paths.log, name), doomed);
      await fileSystem.syncDirectory(paths.log);
    }
    await fileSystem.removeTree(doomed);
  }
}

/**
 * The proof of the last entry, which names the next log's key, stays: whoever trusts a key of a month that is gone can
 * still follow it to the present.
 */
async function keepClosing(fileSystem: FileSystem, files: DurableFiles, log: string): Promise<void> {
  const snapshot = await LogSnapshot.take(
    publishedLog(log, {
      read: (path) => fileSystem.read(join(log, path)),
      list: (path) => fileSystem.list(join(log, path)),
    }),
  );
  await files.writeOnce(join(log, closingFile), await snapshot.prove(await snapshot.last()));
  await fileSystem.syncDirectory(log);
}
