import { join } from "node:path";
import { openShard, type ShardOptions } from "./open-shard.ts";
import type { LogWriter } from "./log-writer.ts";
import { isShardName, originOf, shardOf, shardPaths } from "./shard.ts";
import { readSignedState, RefusedToOpenError } from "./signed-past.ts";

export interface OpenLog {
  readonly origin: string;
  readonly writer: LogWriter;
}

/**
 * Opens the shard of the present month, after the shards of earlier months have got whatever a crash or a restart
 * left undone in them. The shard stays the same until the log is opened again, whatever the month.
 */
export async function openLog(options: Omit<ShardOptions, "shard">): Promise<OpenLog> {
  const current = shardOf(options.nowMs);
  const names = await options.fileSystem.list(join(options.directory, "state"));
  for (const shard of names.filter(isShardName).toSorted()) {
    if (shard > current) {
      const { signedState } = shardPaths(options.directory, shard);
      throw new RefusedToOpenError(signedState, `is of a month to come, for the clock says \`${current}\``);
    }
    if (shard < current) await finishShard({ ...options, shard });
  }
  return { origin: originOf(options, current), writer: await openShard({ ...options, shard: current }) };
}

/** Opening it is what closes its decisions; nothing is written to a shard that was closed in order. */
async function finishShard(options: ShardOptions): Promise<void> {
  if (await isFinished(options)) return;
  const writer = await openShard(options);
  await writer.close();
}

async function isFinished(options: ShardOptions): Promise<boolean> {
  const { fileSystem, directory, shard } = options;
  const paths = shardPaths(directory, shard);
  const state = await readSignedState({ fileSystem, paths, origin: originOf(options, shard) });
  const segments = await fileSystem.list(paths.wal);
  return segments.length === 0 && (state === null || state.open.size === 0);
}
