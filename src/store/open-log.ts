import { join } from "node:path";
import type { LogHead } from "../ledger/index.ts";
import { endShard } from "./end-shard.ts";
import { type OpenLog, openShard, type ShardOptions } from "./open-shard.ts";
import { logHead } from "./own-entries.ts";
import { isShardName, originOf, type ShardName, shardOf, shardPaths } from "./shard.ts";
import type { ShardKeys } from "./shard-keys.ts";
import { readSignedState, RefusedToOpenError } from "./signed-past.ts";

export interface LogOptions extends Omit<ShardOptions, "shard" | "key" | "previous"> {
  readonly keys: ShardKeys;
}

/**
 * Opens the shard of the present month, after the shards of earlier months have got whatever a crash or a restart
 * left undone in them: as when a month ends while we run, one is opened, then the one after it, and then the first
 * one ends.
 */
export async function openLog(options: LogOptions): Promise<OpenLog> {
  const current = shardOf(options.now());
  const { unfinished, last } = await readPast(options, current);
  const [first, ...later] = [...unfinished, current];
  let log = await openMonth(options, first, last);
  for (const shard of later) {
    const next = await openAfter(options, log, shard);
    await endShard(log, next, options);
    log = next;
  }
  return log;
}

/** The log of a later month, while the one before it is still open. Both have published what they say of each other. */
export async function openAfter(options: LogOptions, before: OpenLog, shard: ShardName): Promise<OpenLog> {
  await before.writer.seal();
  const log = await openMonth(options, shard, logHead(before.origin, before.writer.sealed));
  await log.writer.seal();
  return log;
}

function openMonth(options: LogOptions, shard: ShardName, previous: LogHead | null): Promise<OpenLog> {
  return openShard({ ...options, shard, key: options.keys.open(shard), previous });
}

interface Past {
  /** Oldest first. */
  readonly unfinished: readonly ShardName[];
  /** Of the newest log that is finished. */
  readonly last: LogHead | null;
}

async function readPast(options: LogOptions, current: ShardName): Promise<Past> {
  const names = await options.fileSystem.list(join(options.directory, "state"));
  const unfinished: ShardName[] = [];
  let last: LogHead | null = null;
  for (const shard of names.filter(isShardName).toSorted()) {
    if (shard > current) {
      const { signedState } = shardPaths(options.directory, shard);
      throw new RefusedToOpenError(signedState, `is of a month to come, for the clock says \`${current}\``);
    }
    if (shard === current) continue;
    const end = await readEnd(options, shard);
    if (end === "unfinished") unfinished.push(shard);
    else {
      // Again, if we crashed when it had to be done.
      options.keys.destroy(shard);
      last = end ?? last;
    }
  }
  return { unfinished, last };
}

/** The head at which a shard ended; null when it never began, for then no entry was acknowledged in it. */
async function readEnd(options: LogOptions, shard: ShardName): Promise<LogHead | "unfinished" | null> {
  const { fileSystem, directory } = options;
  const paths = shardPaths(directory, shard);
  const origin = originOf(options, shard);
  const state = await readSignedState({ fileSystem, paths, origin });
  const isEmpty = (await fileSystem.list(paths.wal)).length === 0;
  if (state === null) return isEmpty ? null : "unfinished";
  return isEmpty && state.isEnded ? logHead(origin, state) : "unfinished";
}
