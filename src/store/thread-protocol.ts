// What the gateway's thread and the ledger thread say to each other.
import type { NoteKey, TrustFile } from "../ledger/index.ts";
import type { WitnessStatus } from "./asked-witness.ts";
import type { LedgerFailure } from "./ledger.ts";
import type { Run } from "./rotating-log.ts";
import type { LogIdentity } from "./shard.ts";

/** The thread's birth certificate. */
export interface ThreadOptions extends LogIdentity {
  readonly directory: string;
  readonly keysDirectory: string;
  readonly retentionDays: number | null;
  readonly policyHash: string;
  readonly software: string;
  readonly sealIntervalMs: number;
  /** What the cell's clock says more than the system's: a function cannot travel. */
  readonly clockOffsetMs: number;
  /** Whose cosignatures are asked for; null: nobody's. */
  readonly trust: TrustFile | null;
}

export type ToThread =
  | { readonly kind: "append"; readonly number: number; readonly message: ArrayBuffer }
  | { readonly kind: "close" };

/** Of the log that new decisions go to. */
export interface LogStatus {
  readonly origin: string;
  readonly key: NoteKey;
  readonly size: number;
  readonly sealedSize: number;
  readonly isQuorumMet: boolean;
  readonly witnesses: readonly WitnessStatus[];
}

export type FromThread =
  | { readonly kind: "opened" | "rotated" | "sealed" | "closed"; readonly log: LogStatus }
  /** The answer to the `append` of this number. Over a month's end they may overtake each other. */
  | { readonly kind: "durable"; readonly number: number; readonly runs: readonly Run[] }
  | { readonly kind: "failed"; readonly reason: LedgerFailure };
