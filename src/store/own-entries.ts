// The entries that a log's writer makes about the log itself.
import { type CellId, type InstantMs, type RequestId, toHex } from "../base/index.ts";
import { randomBytes } from "../keys/index.ts";
import {
  type ClosedEntry,
  encodeEntry,
  type Entry,
  type LogHead,
  type OpenedEntry,
  type OutcomeEntry,
  type RetentionEntry,
} from "../ledger/index.ts";
import type { LoggedEntry } from "./log-writer.ts";
import { effectOf } from "./pairing.ts";

export interface EntryMaker {
  readonly cell: string;
  readonly now: () => InstantMs;
}

type Stamp = Pick<Entry, "v" | "n" | "ts" | "cell">;

export function openedEntry(maker: EntryMaker, facts: Omit<OpenedEntry, keyof Stamp | "t">): OpenedEntry {
  return { ...stamp(maker), t: "opened", ...facts };
}

/** For a permit whose process is gone, or whose log has to end: nobody can say whether the request ran. */
export function unknownOutcome(maker: EntryMaker, rid: RequestId, decision: number): OutcomeEntry {
  return {
    ...stamp(maker),
    t: "outcome",
    rid,
    decision,
    result: "unknown",
    error: null,
    status: null,
    executed: null,
    attempts: [],
    res: null,
    tokens: null,
    durationMs: null,
  };
}

export function closedEntry(maker: EntryMaker, next: ClosedEntry["next"]): ClosedEntry {
  return { ...stamp(maker), t: "closed", next };
}

export function retentionEntry(maker: EntryMaker, log: LogHead, days: number): RetentionEntry {
  return { ...stamp(maker), t: "retention", log, days };
}

export function paired(entry: Entry): LoggedEntry {
  return { entry: encodeEntry(entry), pairing: effectOf(entry) };
}

/** A tree's head as an entry names it. */
export function logHead(origin: string, { size, root }: { size: number; root: Uint8Array }): LogHead {
  return { origin, size, root: toHex(root) };
}

function stamp({ cell, now }: EntryMaker): Stamp {
  return { v: 1, n: toHex(randomBytes(16)), ts: now(), cell: cell as CellId };
}
