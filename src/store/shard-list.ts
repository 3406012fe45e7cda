// What a ledger directory holds, month by month, and how long each has to be kept.
import { join } from "node:path";
import type { InstantMs } from "../base/index.ts";
import type { LogHead } from "../ledger/index.ts";
import { type FileSystem, nodeFileSystem } from "./file-system.ts";
import { logHead } from "./own-entries.ts";
import { endOf, isShardName, type LogIdentity, originOf, type ShardName, shardPaths } from "./shard.ts";
import { readSignedState } from "./signed-past.ts";

export interface StoredShard {
  readonly shard: ShardName;
  /** As it was last signed. */
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

const dayMs = 24 * 60 * 60 * 1000;

/** A month's log is kept this long after the end of the month; from then on it may go. */
export function keptUntil(shard: ShardName, days: number): InstantMs {
  return endOf(shard) + days * dayMs;
}
