import type { MessagePort } from "node:worker_threads";
import type { Pairing } from "./pairing-kind.ts";
import type { Quarantine } from "./quarantines.ts";
import type { EntryIndex, MonotonicMs } from "../../base/index.ts";
import type { NoteKey } from "../../ledger/index.ts";
import type { ClockState } from "../time/agreed-time.ts";
import type { WitnessStatus } from "../witness/witness-status.ts";

/** Where an entry stands. */
export interface Position {
  /** The origin of the log that holds it. */
  readonly origin: string;
  readonly index: EntryIndex;
}

/**
 * Why a log takes nothing more. `inconsistent`: what is on disk contradicts what was signed; `thread_failed`: the
 * ledger thread ended without saying why; `stalled`: it, or the disk below it, has not answered for a minute.
 */
export type LedgerFailure =
  | "write_failed"
  | "sync_failed"
  | "disk_full"
  | "inconsistent"
  | "thread_failed"
  | "stalled"
  | "closed";

/** A file that the policy was read from. */
export interface PolicyText {
  /** Its path as the policy's author knows it, in letters that an entry holds: `packs/eu-gdpr.yaml`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface PolicyInForce {
  /** What decisions name, in hex. */
  readonly hash: string;
  readonly texts: readonly PolicyText[];
}

/** An append without an answer for so long counts as one that has none. */
export const appendWithinMs = 10_000;

export interface LedgerState {
  /** False also while appends stall: then it is writable again when the disk answers. */
  readonly isWritable: boolean;
  /** Why it takes nothing more, for good; null while it does, or may again. */
  readonly reason: LedgerFailure | null;
  /** For how long the sealing of the log has not come round: about the sealing interval while all is well. */
  readonly sealSilenceMs: number;
  /** Entries that are durable in the log that new decisions go to; it begins again from one with each month. */
  readonly size: number;
  /** Those of them that a signed checkpoint covers. */
  readonly sealedSize: number;
  /** Appends that are neither acknowledged nor rejected, of all clients. */
  readonly pendingCount: number;
  /** Since when no checkpoint had as many cosignatures as the policy asks for; null while they have. */
  readonly quorumMissingSinceMs: MonotonicMs | null;
  /** Those that are asked to cosign. */
  readonly witnesses: readonly WitnessStatus[];
  /** Whether the wall clock is believed, and the instant that what cannot be undone may go by. */
  readonly clock: ClockState;
}

/** The state of the log that new decisions go to. */
export interface LogStatus {
  readonly origin: string;
  readonly key: NoteKey;
  readonly size: number;
  readonly sealedSize: number;
  readonly isQuorumMet: boolean;
  readonly witnesses: readonly WitnessStatus[];
  readonly clock: ClockState;
}

/** What a thread that serves callers does with the log. Each thread has a client of its own, and one log is behind all. */
export interface LedgerClient {
  /**
   * Resolves with the entry's position once it is durable: written and fdatasync'ed with its batch. Indexes in a log are
   * given in the order of the calls. What is `within` a request or `closes` it may come once its decision is durable.
   * Rejects before writing with reason `overloaded`, when too many appends are outstanding, or `undecided`, when no log
   * has a permit of the request open: so it is for a request that outlives its month by more than 15 minutes.
   */
  append(entry: Uint8Array, pairing: Pairing): Promise<Position>;
  state(): LedgerState;
}

/**
 * One cell's log, single writer. A failed write or fsync is never retried: the log is poisoned, every unacknowledged
 * append and every later one rejects with {@link LedgerUnavailableError}, and the gateway stops taking requests.
 */
export interface Ledger extends LedgerClient {
  /** Where what it has published can be read. */
  readonly directory: string;
  /** `<deployment>/ledger/<jurisdiction>/<cell>/<yyyy-mm>`: the log that new decisions go to. */
  readonly origin: string;
  /** Verifies what that log signs. */
  readonly verifierKey: NoteKey;
  /** Those that stood when it was opened: what came since, whoever recorded it knows. */
  readonly quarantines: readonly Quarantine[];
  /**
   * Resolves when the texts of a policy, and the entry that names them, are on disk: decisions may name it from then on,
   * and not before. Each later month's log begins with the policy that came into force last.
   */
  enactPolicy(policy: PolicyInForce): Promise<Position>;
  /** A person says that the wall clock is right. Resolves with what became of it: witnesses that differ outweigh them. */
  acceptClock(): Promise<ClockState>;
  /** A client for one more thread of this process, which opens it with `openLentLedger`. */
  lend(slot: number): LentLedger;
  /** Resolves when all appends so far are sealed under a signed checkpoint and the files are closed. */
  close(): Promise<void>;
}

/** What a thread opens its client by. INVARIANT: it travels in a message; the port is handed over, not copied. */
export interface LedgerLoan {
  readonly port: MessagePort;
  readonly log: LogStatus;
  readonly slot: number;
  /** Of all clients (thread/client-words.ts). */
  readonly words: SharedArrayBuffer;
}

export interface LentLedger {
  readonly loan: LedgerLoan;
  /**
   * Resolves when the thread has ended, or closed its client, and each decision that it left open has the outcome
   * `unknown`: with the quarantines that stand then, of which it may have told nobody. Rejects when the log takes nothing
   * more.
   */
  readonly returned: Promise<readonly Quarantine[]>;
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
