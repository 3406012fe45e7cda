import { type CellId, toHex, type WallClock } from "../../base/index.ts";
import {
  encodeEntry,
  type EntryStamp,
  newestVersion,
  type Written,
  type WrittenEntry,
} from "../../ledger/index.ts";
import type { Pairing } from "../log/pairing-kind.ts";
import type { LedgerClient, Position } from "../log/ledger.ts";

/** What a cell records with: its name, the date, and the salt of each entry. */
export interface Recorder {
  readonly cell: CellId;
  readonly ledger: LedgerClient;
  readonly now: WallClock;
  readonly randomBytes: (size: number) => Uint8Array;
}

export type Stamp = Written<EntryStamp>;

/** With as many digits as every date until 2286, so that an entry which fits still fits when the log dates it anew. */
const earliestMs = 1e12;

/** What every entry of this cell begins with. The log dates it anew where the order of entries or the time asks for it. */
export function stamp({ cell, now, randomBytes }: Omit<Recorder, "ledger">): Stamp {
  const ts = Math.max(earliestMs, Math.trunc(now()));
  return { v: newestVersion, n: toHex(randomBytes(16)), ts, cell };
}

/** Resolves once the entry is on disk. */
export async function append(
  { ledger }: Pick<Recorder, "ledger">,
  entry: WrittenEntry,
  pairing: Pairing,
): Promise<Position> {
  return ledger.append(encodeEntry(entry), pairing);
}

/** As callers are told: the log, which is not the same for all entries of a request over a month's end, and the index. */
export function formatPosition({ origin, index }: Position): string {
  return `${origin}#${index}`;
}
