import type { BucketRefusal } from "./bucket.ts";

/**
 * `failing`: the storage did not take the last copies; they are tried again. `refused`: the storage does not lock what
 * it is given, so nothing more is copied until the cell is started with another one. `stopped`: the copies' own
 * manifest cannot be written or read, or the thread has ended.
 */
export type CopyStatus = "copying" | "failing" | "refused" | "stopped";

/** How far the locked copies of a cell's logs are. */
export interface CopyState {
  readonly status: CopyStatus;
  readonly refusal: BucketRefusal | null;
  /** Entries under a published checkpoint that are in no locked copy yet, over all logs of the cell. */
  readonly behindEntries: number;
  /** Since the oldest file that is to be copied was sealed; 0 when there is none. */
  readonly lagMs: number;
  /** Objects stored since the cell was started. */
  readonly objectCount: number;
}

/** What a log has in locked storage, as its next `worm` entry will say. */
export interface AnchoredCopy {
  readonly log: { readonly origin: string; readonly size: number; readonly root: string };
  /** Objects that the manifest lists. */
  readonly objects: number;
  /** SHA-256, hex. */
  readonly manifest: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
}
