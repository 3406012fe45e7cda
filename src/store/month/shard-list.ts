// What a ledger directory holds, month by month, and how long each has to be kept.
import { join } from "node:path";
import { dayMs, type InstantMs } from "../../base/index.ts";
import type { LogHead } from "../../ledger/index.ts";
import { type FileSystem, nodeFileSystem } from "../../disk/index.ts";
import { logHead } from "./own-entries.ts";
import { endOf, isShardName, type LogIdentity, originOf, type ShardName, shardPaths } from "../log/shard.ts";
import { type EndpointWords, laterWords, type Quarantine, standingIn } from "../log/quarantines.ts";
import { readSignedState } from "./signed-past.ts";

export interface StoredShard {
  readonly shard: ShardName;
  /** The head that it last signed. */
  readonly head: LogHead;
  /** `open`: it is written, or was left by a process that died. `pruned`: only its last checkpoint is left. */
  readonly kind: "open" | "ended" | "pruned";
  /** How long it was kept; null unless it is pruned. */
  readonly keptDays: number | null;
}

export interface ShardListOptions extends LogIdentity {
  /** The machine's own by default. */
  readonly fileSystem?: FileSystem;
  readonly directory: string;
}

/** Oldest first; without those that never signed anything. Reads only, so the cell may be running. */
export async function listShards({
  fileSystem = nodeFileSystem,
  ...rest
}: ShardListOptions): Promise<readonly StoredShard[]> {
  const names = await fileSystem.list(join(rest.directory, "state"));
  const shards = names
    .filter(isShardName)
    .toSorted()
    .map((shard) => readShard({ fileSystem, ...rest }, shard));
  return (await Promise.all(shards)).filter((shard) => shard !== null);
}

/** What the logs say of endpoints, as far as it is sealed: nothing is missing of a cell that has ended in order. */
export async function readQuarantines(options: ShardListOptions): Promise<readonly Quarantine[]> {
  const { fileSystem = nodeFileSystem, directory } = options;
  const names = await fileSystem.list(join(directory, "state"));
  let words: EndpointWords = new Map();
  for (const shard of names.filter(isShardName).toSorted()) {
    const paths = shardPaths(directory, shard);
    const state = await readSignedState({ fileSystem, paths, origin: originOf(options, shard) });
    words = laterWords(words, state?.words ?? new Map());
  }
  return standingIn(words);
}

async function readShard(options: Required<ShardListOptions>, shard: ShardName): Promise<StoredShard | null> {
  const { fileSystem, directory } = options;
  const paths = shardPaths(directory, shard);
  const origin = originOf(options, shard);
  const state = await readSignedState({ fileSystem, paths, origin });
  if (state === null) return null;
  const head = logHead(origin, state);
  const mark = await fileSystem.read(paths.pruned);
  if (mark !== null) return { shard, head, kind: "pruned", keptDays: Number(Buffer.from(mark).toString()) };
  const isEnded = state.isEnded && (await fileSystem.list(paths.wal)).length === 0;
  return { shard, head, kind: isEnded ? "ended" : "open", keptDays: null };
}

/** A month's log is kept this long after the end of the month; from then on it may go. */
export function keptUntil(shard: ShardName, days: number): InstantMs {
  return endOf(shard) + days * dayMs;
}
