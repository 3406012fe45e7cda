// The reader's side of a ledger directory: needs no key, no lock and no running cell.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { LogReader } from "../../ledger/index.ts";
import { absentAsSync, nodeFileSystem } from "../../disk/index.ts";
import { type PublishedLog, publishedLog } from "./published-log.ts";
import { isShardName } from "../log/shard.ts";

/**
 * The logs of a cell's ledger directory, oldest month first; of a directory that is itself one log, as an auditor may
 * have copied it, that one.
 */
export async function openLogDirectory(directory: string): Promise<readonly PublishedLog[]> {
  if ((await nodeFileSystem.list(directory)).includes("checkpoint")) return [logIn(directory)];
  const shards = (await nodeFileSystem.list(join(directory, "log"))).filter(isShardName);
  return shards.toSorted().map((shard) => logIn(join(directory, "log", shard)));
}

function logIn(directory: string): PublishedLog {
  return publishedLog(directory, directoryReader(directory));
}

/**
 * Reads at once, on the caller's thread: for thousands of small files, a promise of Node's for each of open, stat, read and
 * close takes longer than the four calls do.
 */
function directoryReader(directory: string): LogReader {
  return {
    read: async (path) => absentAsSync(() => readFileSync(join(directory, path)), null),
    list: async (path) => absentAsSync(() => readdirSync(join(directory, path)), []),
  };
}
