// A vault that comes back from a backup holds keys again that were erased since. The log remembers: whatever it says of
// erasures and holds since the vault's mark is done once more, before the cell serves.
import { settled } from "../../base/index.ts";
import { type Entry, type ErasureEntry, type HoldEntry, parseEntry } from "../../ledger/index.ts";
import { UnknownHandleError } from "../../keys/index.ts";
import type { PublishedLog } from "../../store/index.ts";
import type { LifecycleReadAccess } from "./lifecycle-access.ts";
import { readMark, type ReplayMark, writeMark } from "./replay-mark.ts";

export interface ReplayOptions {
  /** Oldest first. */
  readonly logs: readonly PublishedLog[];
  /** The file lies in the vault's directory, beside the handle key (replay-mark.ts says why). */
  readonly markFile: string;
}

/** Resolves with how many keys were destroyed again. Cheap: the mark is a minute behind the log at most. */
export async function replay(
  access: LifecycleReadAccess,
  { logs, markFile }: ReplayOptions,
): Promise<number> {
  const mark = await readMark(markFile);
  let erased = 0;
  let reached: ReplayMark | null = null;
  for (const { log, from } of await unseen(logs, mark)) {
    const checkpoint = await log.readCheckpoint();
    if (checkpoint === null) continue;
    for await (const entry of lifecycleEntries(log, { from, to: checkpoint.size })) {
      if (await doAgain(access, entry)) erased++;
    }
    reached = { origin: checkpoint.origin, size: checkpoint.size };
  }
  // If we crash before this, the same entries are looked at again: to do them twice changes nothing.
  if (reached !== null) await writeMark(markFile, reached);
  return erased;
}

interface Unseen {
  readonly log: PublishedLog;
  readonly from: number;
}

/** Everything is unseen where there is no mark, or where its log is not there any more. */
async function unseen(logs: readonly PublishedLog[], mark: ReplayMark | null): Promise<readonly Unseen[]> {
  const origins = await Promise.all(logs.map(async (log) => (await log.readCheckpoint())?.origin));
  const marked = mark === null ? -1 : origins.indexOf(mark.origin);
  return logs
    .slice(Math.max(marked, 0))
    .map((log, index) => ({ log, from: index === 0 && marked >= 0 ? (mark?.size ?? 0) : 0 }));
}

async function* lifecycleEntries(
  log: PublishedLog,
  { from, to }: { readonly from: number; readonly to: number },
): AsyncGenerator<ErasureEntry | HoldEntry, void> {
  // Of a log whose time is over there is a checkpoint, and no entry: no backup of its keys should be left either.
  if (from >= to || (await log.reader.list("tile/entries")).length === 0) return;
  for await (const { bytes } of log.readEntries(from, to - 1)) {
    const entry = lifecycleEntry(bytes);
    if (entry !== null) yield entry;
  }
}

/** Looks at the bytes first: of a million entries, a handful are read as JSON. */
function lifecycleEntry(bytes: Uint8Array): ErasureEntry | HoldEntry | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!text.includes('"t":"erasure"') && !text.includes('"t":"hold"')) return null;
  const entry = parseEntry(bytes);
  return entry.ok && isLifecycle(entry.value) ? entry.value : null;
}

function isLifecycle(entry: Entry): entry is ErasureEntry | HoldEntry {
  return entry.t === "erasure" || entry.t === "hold";
}

/** True when a key was destroyed that the vault still had. Of a key that is gone there is nothing to do again. */
async function doAgain({ vault }: LifecycleReadAccess, entry: ErasureEntry | HoldEntry): Promise<boolean> {
  const { subject: handle } = entry;
  try {
    if (entry.t === "erasure") {
      // It was lawful then, whatever the clock says now.
      const nowMs = settled(entry.ts);
      await vault.erase({ handle, ground: entry.ground, nowMs }, recordedAlready);
      return true;
    }
    if (entry.act === "place") await vault.placeHold({ handle, reason: entry.reason, untilMs: entry.until });
    else await vault.releaseHold(handle, entry.reason);
  } catch (error) {
    if (!(error instanceof UnknownHandleError)) throw error;
  }
  return false;
}

/** The log has the entry, or we would not be here; a second one would tell of a second erasure. */
async function recordedAlready(): Promise<void> {}
