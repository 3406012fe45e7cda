// The end of a month's log: what is open in it is told to be unknown, the next log's key is vouched for, and its own
// key is destroyed.
import { formatNoteKey } from "../../ledger/index.ts";
import type { OpenLog } from "./open-shard.ts";
import { closedEntry, type EntryMaker, paired, unknownOutcome } from "./own-entries.ts";
import type { ShardKeys } from "./shard-keys.ts";

/**
 * Nothing may be appended to `log` from the call on. `next` must have published its first checkpoint: a log that
 * vouches for one that never began would lead nowhere.
 *
 * If we crash
 * - before `closed` is durable: the next start opens the log again, and ends it then;
 * - before its last checkpoint is published: the next start publishes it and adds nothing (`openShard`);
 * - before the write-ahead log is gone: the same, and the key is still there to check the checkpoint with;
 * - before the key is gone: the next start destroys it (`openLog`).
 */
export async function endShard(
  log: OpenLog,
  next: OpenLog,
  maker: EntryMaker & { readonly keys: ShardKeys },
): Promise<void> {
  const { writer } = log;
  if (!writer.isEnded) {
    const outcomes = Array.from(writer.open, ([rid, decision]) => unknownOutcome(maker, rid, decision));
    const closed = closedEntry(maker, { origin: next.origin, key: formatNoteKey(next.key) });
    // One by one: together they may be more than a batch.
    await Promise.all([...outcomes, closed].map((entry) => writer.append([paired(entry)])));
  }
  await writer.close();
  maker.keys.destroy(log.shard);
}
