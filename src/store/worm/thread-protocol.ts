// What the gateway's thread and the copying thread say to each other.
import type { Position } from "../log/ledger.ts";
import type { BucketAddress } from "./bucket.ts";
import type { AnchoredCopy, CopyState } from "./copy-state.ts";

/** What the thread is told once, when it starts. */
export interface CopyThreadOptions {
  readonly address: BucketAddress;
  readonly prefix: string;
  readonly ledgerDirectory: string;
  readonly directory: string;
  readonly retentionDays: number;
  readonly anchorIntervalMs: number;
}

/** The answer to `anchored`; null when the ledger did not take the entry. */
export interface ToCopyThread {
  readonly recorded: Position | null;
}

export type FromCopyThread =
  | { readonly kind: "state"; readonly state: CopyState }
  /** One at a time: the next comes after the answer. */
  | { readonly kind: "anchored"; readonly copy: AnchoredCopy };
