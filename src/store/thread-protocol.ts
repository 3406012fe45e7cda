// What the gateway's thread and the ledger thread say to each other.
import type { InstantMs } from "../base/index.ts";
import type { LedgerFailure } from "./ledger.ts";
import type { LogIdentity } from "./shard.ts";

/** The thread's birth certificate. */
export interface ThreadOptions extends LogIdentity {
  readonly directory: string;
  readonly signingKeyFile: string;
  readonly policyHash: string;
  readonly software: string;
  readonly sealIntervalMs: number;
  readonly nowMs: InstantMs;
}

export type ToThread =
  | { readonly kind: "append"; readonly message: ArrayBuffer }
  | { readonly kind: "close" };

export type FromThread =
  | { readonly kind: "opened"; readonly origin: string; readonly size: number; readonly sealedSize: number }
  /** The answer to the oldest `append` that had none. */
  | { readonly kind: "durable" }
  | { readonly kind: "sealed"; readonly sealedSize: number; readonly isQuorumMet: boolean }
  | { readonly kind: "failed"; readonly reason: LedgerFailure }
  | { readonly kind: "closed"; readonly sealedSize: number };
