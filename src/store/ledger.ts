import type { EntryIndex, RequestId } from "../base/index.ts";

/** How an entry takes part in the rule that every decision has one outcome. */
export type Pairing =
  | { readonly kind: "none" }
  | { readonly kind: "opens"; readonly rid: RequestId }
  | { readonly kind: "closes"; readonly rid: RequestId };

export interface LedgerState {
  readonly isWritable: boolean;
  /** Why it is not, as a closed word (`write_failed`, `sync_failed`, `disk_full`, `closed`); null while writable. */
  readonly reason: string | null;
  /** Entries that are durable. */
  readonly size: number;
  /** Entries that a signed checkpoint covers. */
  readonly sealedSize: number;
  readonly pendingCount: number;
}

/**
 * One cell's log, single writer. A failed write or fsync is never retried: the log is poisoned, every unacknowledged
 * append and every later one rejects with {@link LedgerUnavailableError}, and the gateway stops taking requests.
 */
export interface Ledger {
  /** `<deployment>/ledger/<jurisdiction>/<cell>/<yyyy-mm>`. */
  readonly origin: string;
  /**
   * Resolves with the entry's index once it is durable: written and fdatasync'ed with its batch. Indexes are given
   * in the order of the calls. Rejects before writing when too many appends are outstanding.
   */
  append(entry: Uint8Array, pairing: Pairing): Promise<EntryIndex>;
  state(): LedgerState;
  /** Resolves when all appends so far are sealed under a signed checkpoint and the files are closed. */
  close(): Promise<void>;
}

export class LedgerUnavailableError extends Error {
  readonly reason: string;

  constructor(reason: string) {
    super(`the ledger cannot write: ${reason}`);
    this.name = "LedgerUnavailableError";
    this.reason = reason;
  }
}
