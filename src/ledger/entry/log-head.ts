import type { CellId } from "../../base/index.ts";

/** Of the whole schema, not of one kind (docs/decisions/0031). */
export type EntryVersion = 1 | 2 | 3;

/** Of kinds that came with version 2, or have had their form since then. */
export type SinceVersion2 = Exclude<EntryVersion, 1>;

export interface EntryStamp<Version extends EntryVersion = EntryVersion> {
  readonly v: Version;
  /** 16 random bytes in hex: without it, a neighbour's guessable entry could be confirmed from its leaf hash. */
  readonly n: string;
  /** Milliseconds since the epoch, by the cell's clock. */
  readonly ts: number;
  readonly cell: CellId;
}

/** A log at one of its sizes. */
export interface LogHead {
  readonly origin: string;
  readonly size: number;
  /** Hex. */
  readonly root: string;
}
