// What the ledger thread and its clients say to each other.
import type { MessagePort } from "node:worker_threads";
import type { TrustFile } from "../../ledger/index.ts";
import type { ClockState } from "../time/agreed-time.ts";
import type { LedgerFailure, LogStatus, PolicyInForce, Position } from "../log/ledger.ts";
import type { Quarantine } from "../log/quarantines.ts";
import type { Run } from "../month/rotating-log.ts";
import type { LogIdentity } from "../log/shard.ts";

/** What the thread is told once, when it starts. */
export interface ThreadOptions extends LogIdentity {
  readonly directory: string;
  readonly keysDirectory: string;
  readonly retentionDays: number | null;
  readonly policy: PolicyInForce;
  readonly software: string;
  readonly sealIntervalMs: number;
  /** How far the cell's wall clock is ahead of the system's: a function cannot travel to a thread. */
  readonly clockOffsetMs: number;
  /** Whose cosignatures are asked for; null: nobody's. */
  readonly trust: TrustFile | null;
}

/** From a client's thread. */
export interface ClientToThread {
  readonly kind: "append";
  readonly number: number;
  readonly message: ArrayBuffer;
}

/** From the thread that opened the ledger, which is a client too. */
export type ToThread =
  | ClientToThread
  | { readonly kind: "policy"; readonly policy: PolicyInForce }
  /** A person says that the wall clock is right. */
  | { readonly kind: "clock" }
  /** A client of another thread, until the other end of the port closes. Answered with `returned` then. */
  | { readonly kind: "lend"; readonly number: number; readonly port: MessagePort }
  | { readonly kind: "close" };

export type ThreadToClient =
  | { readonly kind: "rotated" | "sealed" | "closed"; readonly log: LogStatus }
  /** The answer to the `append` of this number. Over a month's end they may overtake each other. */
  | { readonly kind: "durable"; readonly number: number; readonly runs: readonly Run[] }
  | { readonly kind: "failed"; readonly reason: LedgerFailure };

export type FromThread =
  | ThreadToClient
  | { readonly kind: "opened"; readonly log: LogStatus; readonly quarantines: readonly Quarantine[] }
  /** The answer to a `clock`, in the order of those. */
  | { readonly kind: "accepted"; readonly clock: ClockState }
  /** The answer to a `policy`, in the order of those. */
  | { readonly kind: "enacted"; readonly position: Position }
  /** The client of this number has ended, and each decision that it left open has an outcome. */
  | { readonly kind: "returned"; readonly number: number; readonly quarantines: readonly Quarantine[] };
