// The entries that a log's writer makes about the log itself.
import { type CellId, type RequestId, toHex, type WallClock } from "../../base/index.ts";
import { randomBytes } from "../../keys/index.ts";
import {
  type ClosedEntry,
  encodeEntry,
  type EntryStamp,
  type LogHead,
  newestVersion,
  type OpenedEntry,
  type OutcomeEntry,
  type QuarantineEntry,
  type RetentionEntry,
  type Written,
  type WrittenEntry,
} from "../../ledger/index.ts";
import type { LoggedEntry } from "../log/log-writer.ts";
import { effectOf } from "../log/pairing.ts";
import type { Quarantine } from "../log/quarantines.ts";

export interface EntryMaker {
  readonly cell: string;
  readonly now: WallClock;
}

type Stamp = Written<EntryStamp>;

export function openedEntry(
  maker: EntryMaker,
  facts: Omit<OpenedEntry, keyof Stamp | "t">,
): Written<OpenedEntry> {
  return { ...stamp(maker), t: "opened", ...facts };
}

/** Closes a permit whose process is gone, or whose log has to end: nobody can say whether the request ran. */
export function unknownOutcome(maker: EntryMaker, rid: RequestId, decision: number): OutcomeEntry {
  return {
    ...stamp(maker),
    t: "outcome",
    rid,
    decision,
    result: "unknown",
    error: null,
    status: null,
    attempts: [],
    answeredBy: null,
    cached: null,
    res: null,
    durationMs: null,
  };
}

/** One that began in an earlier month. */
export function quarantineEntry(maker: EntryMaker, { endpoint, rid }: Quarantine): Written<QuarantineEntry> {
  return { ...stamp(maker), t: "quarantine", endpoint, rid };
}

export function closedEntry(maker: EntryMaker, next: ClosedEntry["next"]): Written<ClosedEntry> {
  return { ...stamp(maker), t: "closed", next };
}

export function retentionEntry(maker: EntryMaker, log: LogHead, days: number): Written<RetentionEntry> {
  return { ...stamp(maker), t: "retention", log, days };
}

export function paired(entry: WrittenEntry): LoggedEntry {
  return { entry: encodeEntry(entry), pairing: effectOf(entry) };
}

/** A tree's head as an entry names it. */
export function logHead(origin: string, { size, root }: { size: number; root: Uint8Array }): LogHead {
  return { origin, size, root: toHex(root) };
}

export function stamp({ cell, now }: EntryMaker): Stamp {
  return { v: newestVersion, n: toHex(randomBytes(16)), ts: now(), cell: cell as CellId };
}
