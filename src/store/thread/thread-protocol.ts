// What the gateway's thread and the ledger thread say to each other.
import type { NoteKey, TrustFile } from "../../ledger/index.ts";
import type { ClockState } from "../time/agreed-time.ts";
import type { WitnessStatus } from "../witness/witness-status.ts";
import type { LedgerFailure, PolicyInForce, Position } from "../log/ledger.ts";
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

export type ToThread =
  | { readonly kind: "append"; readonly number: number; readonly message: ArrayBuffer }
  | { readonly kind: "policy"; readonly policy: PolicyInForce }
  /** A person says that the wall clock is right. */
  | { readonly kind: "clock" }
  | { readonly kind: "close" };

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

export type FromThread =
  | { readonly kind: "opened"; readonly log: LogStatus; readonly quarantines: readonly Quarantine[] }
  | { readonly kind: "rotated" | "sealed" | "closed"; readonly log: LogStatus }
  /** The answer to the `append` of this number. Over a month's end they may overtake each other. */
  | { readonly kind: "durable"; readonly number: number; readonly runs: readonly Run[] }
  /** The answer to a `clock`, in the order of those. */
  | { readonly kind: "accepted"; readonly clock: ClockState }
  /** The answer to a `policy`, in the order of those. */
  | { readonly kind: "enacted"; readonly position: Position }
  | { readonly kind: "failed"; readonly reason: LedgerFailure };
