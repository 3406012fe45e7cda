import { join } from "node:path";
import type { LogHead } from "../../ledger/index.ts";
import { endShard } from "./end-shard.ts";
import { type OpenLog, openShard, type ShardOptions } from "./open-shard.ts";
import { type EndpointWords, laterWords } from "../log/quarantines.ts";
import { logHead } from "./own-entries.ts";
import { isShardName, originOf, type ShardName, shardOf, shardPaths } from "../log/shard.ts";
import type { ShardKeys } from "./shard-keys.ts";
import { readSignedState, RefusedToOpenError } from "./signed-past.ts";

export interface LogOptions extends Omit<ShardOptions, "shard" | "key" | "previous" | "inherited"> {
  readonly keys: ShardKeys;
}

/**
 * Opens the newest log, after those before it have got whatever a crash or a restart left undone in them: that they end
 * was decided when the next one began. The present month's log follows, if the clocks agree that it is the present.
 *
 * A newest log of a month to come goes on: it began when a clock was wrong, and months do not go back either.
 */
export async function openLog(options: LogOptions): Promise<OpenLog> {
  const { unfinished, last, inherited } = await readPast(options);
  const [first = firstMonth(options, last), ...later] = unfinished;
  let log = await openMonth({ ...options, inherited }, first, last);
  for (const shard of later) log = await follow(options, log, shard);
  const present = shardOf(options.time.check().settledMs);
  return present > log.shard ? follow(options, log, present) : log;
}

function firstMonth(options: LogOptions, last: LogHead | null): ShardName {
  const present = shardOf(options.now());
  if (last === null || last.origin < originOf(options, present)) return present;
  const { signedState } = shardPaths(options.directory, present);
  throw new RefusedToOpenError(signedState, `follows \`${last.origin}\`, which has ended`);
}

async function follow(options: LogOptions, before: OpenLog, shard: ShardName): Promise<OpenLog> {
  const next = await openAfter(options, before, shard);
  await endShard(before, next, options);
  return next;
}

/** The log of a later month, while the one before it is still open. Both have published what they say of each other. */
export async function openAfter(options: LogOptions, before: OpenLog, shard: ShardName): Promise<OpenLog> {
  await before.writer.seal();
  const { sealed, words: inherited } = before.writer;
  const log = await openMonth({ ...options, inherited }, shard, logHead(before.origin, sealed));
  await log.writer.seal();
  return log;
}

/** The key is on disk before the log has its first entry, so no log begins that could not be signed. */
function openMonth(
  options: LogOptions & Pick<ShardOptions, "inherited">,
  shard: ShardName,
  previous: LogHead | null,
): Promise<OpenLog> {
  return openShard({ ...options, shard, key: options.keys.open(shard), previous });
}

interface Past {
  /** Oldest first. */
  readonly unfinished: readonly ShardName[];
  /** The head of the newest log that is finished. */
  readonly last: LogHead | null;
  /** What the finished logs say of endpoints. */
  readonly inherited: EndpointWords;
}

async function readPast(options: LogOptions): Promise<Past> {
  const { fileSystem, directory } = options;
  const lists = await Promise.all(["state", "log"].map((name) => fileSystem.list(join(directory, name))));
  const names = Array.from(new Set(lists.flat().filter(isShardName))).toSorted();
  const unfinished: ShardName[] = [];
  let last: LogHead | null = null;
  let inherited: EndpointWords = new Map();
  for (const shard of names) {
    const end = await readEnd(options, shard);
    if (end === "unfinished") unfinished.push(shard);
    else if (end !== null || shard !== names.at(-1)) {
      // The key is destroyed again, in case we crashed before it was. That of a newest log which never began is for its beginning.
      options.keys.destroy(shard);
      last = end?.head ?? last;
      inherited = laterWords(inherited, end?.words ?? new Map());
    }
  }
  return { unfinished, last, inherited };
}

interface End {
  readonly head: LogHead;
  readonly words: EndpointWords;
}

/**
 * How a shard ended; null when it never began, for then no entry was acknowledged in it. The state is on disk before a
 * checkpoint: where it is gone, nobody knows which quarantines stood in it.
 */
async function readEnd(options: LogOptions, shard: ShardName): Promise<End | "unfinished" | null> {
  const { fileSystem, directory } = options;
  const paths = shardPaths(directory, shard);
  const origin = originOf(options, shard);
  const state = await readSignedState({ fileSystem, paths, origin });
  const isEmpty = (await fileSystem.list(paths.wal)).length === 0;
  if (state === null && (await fileSystem.read(join(paths.log, "checkpoint"))) !== null)
    throw new RefusedToOpenError(paths.signedState, "is missing, but the log has published a checkpoint");
  if (state === null) return isEmpty ? null : "unfinished";
  if (!isEmpty || !state.isEnded) return "unfinished";
  return { head: logHead(origin, state), words: state.words };
}
