import type { EntryIndex, InstantMs, RequestId } from "../base/index.ts";
import type { NoteKey } from "../ledger/index.ts";
import type { WitnessStatus } from "./asked-witness.ts";

/** How an entry takes part in the rule that every permit has one outcome. */
export type Pairing =
  | { readonly kind: "none" }
  | { readonly kind: "opens"; readonly rid: RequestId }
  | { readonly kind: "closes"; readonly rid: RequestId }
  /** Stands between the two, and so in the same log, even if the month has ended meanwhile. */
  | { readonly kind: "within"; readonly rid: RequestId };

/** Where an entry stands. */
export interface Position {
  /** Of the log that holds it. */
  readonly origin: string;
  readonly index: EntryIndex;
}

/**
 * Why a log takes nothing more. `inconsistent`: what is on disk contradicts what was signed; `thread_failed`: the
 * ledger thread ended without saying why.
 */
export type LedgerFailure =
  | "write_failed"
  | "sync_failed"
  | "disk_full"
  | "inconsistent"
  | "thread_failed"
  | "closed";

export interface LedgerState {
  readonly isWritable: boolean;
  /** Why it is not; null while writable. */
  readonly reason: LedgerFailure | null;
  /** Entries that are durable in the log that new decisions go to; it begins again from one with each month. */
  readonly size: number;
  /** Those of them that a signed checkpoint covers. */
  readonly sealedSize: number;
  /** Appends that are neither acknowledged nor rejected. */
  readonly pendingCount: number;
  /** Since when no checkpoint had as many cosignatures as the policy asks for; null while they have. */
  readonly quorumMissingSinceMs: InstantMs | null;
  /** Those that are asked to cosign. */
  readonly witnesses: readonly WitnessStatus[];
}

/**
 * One cell's log, single writer. A failed write or fsync is never retried: the log is poisoned, every unacknowledged
 * append and every later one rejects with {@link LedgerUnavailableError}, and the gateway stops taking requests.
 */
export interface Ledger {
  /** `<deployment>/ledger/<jurisdiction>/<cell>/<yyyy-mm>`: the log that new decisions go to. */
  readonly origin: string;
  /** Verifies what that log signs. */
  readonly verifierKey: NoteKey;
  /**
   * Resolves with the entry's position once it is durable: written and fdatasync'ed with its batch. Indexes in a log are
   * given in the order of the calls. What is `within` a request or `closes` it may come once its decision is durable.
   * Rejects before writing with reason `overloaded`, when too many appends are outstanding, or `undecided`, when no log
   * has a permit of the request open: so it is for a request that outlives its month by more than 15 minutes.
   */
  append(entry: Uint8Array, pairing: Pairing): Promise<Position>;
  state(): LedgerState;
  /** Resolves when all appends so far are sealed under a signed checkpoint and the files are closed. */
  close(): Promise<void>;
}

/** `LedgerFailure` is for good; the others are one append's own matter. */
type UnavailabilityReason = LedgerFailure | "overloaded" | "undecided";

export class LedgerUnavailableError extends Error {
  readonly reason: UnavailabilityReason;

  constructor(reason: UnavailabilityReason) {
    super(`the ledger cannot write: ${reason}`);
    this.name = "LedgerUnavailableError";
    this.reason = reason;
  }
}

/** Which closed word stands for an error of the file system or of a check. */
export function failureReason(error: unknown): LedgerFailure {
  if (error instanceof LedgerUnavailableError && isFinal(error.reason)) return error.reason;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") return "disk_full";
  if (syscall === "fsync" || syscall === "fdatasync") return "sync_failed";
  return syscall === undefined ? "inconsistent" : "write_failed";
}

function isFinal(reason: UnavailabilityReason): reason is LedgerFailure {
  return reason !== "overloaded" && reason !== "undecided";
}
