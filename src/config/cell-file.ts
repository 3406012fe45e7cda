import type { CellId, EndpointId } from "../base/index.ts";
import type { KeysConfig } from "./keys-config.ts";
import type { Network } from "./network.ts";
import type { SecretReference } from "./policy.ts";

/** What one cell's process needs to know about its own machine: never in the policy, never shared. */
export interface CellFile {
  readonly cell: CellId | null;
  /** This and every other path is as written: relative to the cell file's folder. */
  readonly policyPath: string;
  readonly stateDirectory: string;
  readonly listen: ListenAddress;
  readonly admin: ListenAddress;
  readonly limits: CellLimits;
  /** Simulated engines that this process runs itself. */
  readonly simulatedEngines: readonly { readonly endpoint: EndpointId; readonly port: number }[];
  readonly modelFiles: ReadonlyMap<EndpointId, string>;
  /** A MaxMind DB; null: addresses say nothing. */
  readonly geoIpPath: string | null;
  readonly trustedProxies: readonly Network[];
  readonly keys: KeysConfig;
  /** Null: the file that lies beside, if there is one. */
  readonly trustPath: string | null;
  readonly isQuorumRequired: boolean;
  /** Between two signed checkpoints while the log grows. */
  readonly sealIntervalMs: number;
  /** After a log's month; null: for ever. */
  readonly ledgerRetentionDays: number | null;
  /** Null: no locked copies are made. */
  readonly worm: WormConfig | null;
}

/** Where the ledger's locked copies go. */
export interface WormConfig {
  /** Null: AWS. */
  readonly endpoint: string | null;
  readonly region: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly accessKey: SecretReference;
  readonly secretKey: SecretReference;
  readonly retentionDays: number;
  readonly anchorIntervalMs: number;
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export interface CellLimits {
  readonly maxHeaderBytes: number;
  readonly maxBodyBytes: number;
  /** From the last byte of the request to the end of the answer's first chunk. */
  readonly deadlineMs: number;
  readonly headersTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly drainTimeoutMs: number;
}
