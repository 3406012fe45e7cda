import type { CellId, EndpointId } from "../../base/index.ts";
import type { LentLimit } from "./limits.ts";
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
  /** Threads that serve callers. */
  readonly gatewayThreads: number;
  /** Null: callers are received in the clear. */
  readonly tls: ListenTls | null;
  readonly admin: ListenAddress;
  readonly limits: CellLimits;
  readonly capacity: AskedCapacity;
  /** Whose pages may ask this cell from a browser; none by default. */
  readonly corsOrigins: readonly string[];
  /** Simulated engines that this process runs itself. */
  readonly simulatedEngines: readonly { readonly endpoint: EndpointId; readonly port: number }[];
  readonly modelFiles: ReadonlyMap<EndpointId, string>;
  /** A MaxMind DB; null: addresses say nothing. */
  readonly geoIpPath: string | null;
  readonly trustedProxies: readonly Network[];
  readonly keys: KeysConfig;
  /** Null: the trust file beside the cell file, if there is one. */
  readonly trustPath: string | null;
  readonly isQuorumRequired: boolean;
  /** The time between two signed checkpoints while the log grows. */
  readonly sealIntervalMs: number;
  /** How long a log is kept after its month; null: for ever. */
  readonly ledgerRetentionDays: number | null;
  /** Null: no locked copies are made. */
  readonly worm: WormConfig | null;
  /** Null: the cell is this process alone. */
  readonly fleet: FleetConfig | null;
}

/** The other processes that serve the same cell. */
export interface FleetConfig {
  /** This one's name among them. */
  readonly replica: string;
  /** How many there are at most, this one included. */
  readonly replicas: number;
  /** A database that they lend each other limits by. */
  readonly store: SecretReference;
  /** What lets nothing through while the database is gone. */
  readonly refusing: readonly LentLimit[];
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

export interface ListenTls {
  readonly certificatePath: string;
  readonly keyPath: string;
  /** Who vouches for client certificates, by trust domain. Empty: nobody is asked for one. */
  readonly clientAuthorities: ReadonlyMap<string, string>;
}

export interface CellLimits {
  readonly maxHeaderBytes: number;
  readonly maxBodyBytes: number;
  /** Values of a JSON body, at all depths. */
  readonly maxBodyValues: number;
  /** Members of one object of a JSON body. */
  readonly maxBodyNames: number;
  /** From the last byte of the request to the first event of a stream, or to the last byte of a whole answer. */
  readonly deadlineMs: number;
  /** How long an endpoint's stream may take to begin before another endpoint is asked; null: as long as the deadline. */
  readonly firstTokenTimeoutMs: number | null;
  /** Of a hundred first attempts of a model, so many may be followed by one more, and so many a second in any case. */
  readonly retryPercent: number;
  readonly retriesPerSecond: number;
  /** Requests that wait for room at an endpoint, all together. */
  readonly maxWaiting: number;
  /** So many events of a stream are to come in so much waiting for them; 0 asks for none. */
  readonly leastStreamEvents: number;
  readonly slowStreamMs: number;
  readonly maxEventBytes: number;
  readonly maxAnswerBytes: number;
  readonly headersTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly drainTimeoutMs: number;
  readonly maxSessionMs: number;
}

/** How much of the machine the cell may use at once. Null: as much as the process's own limits allow. */
export interface AskedCapacity {
  /** Of callers. */
  readonly maxConnections: number | null;
  /** To engines, all together. */
  readonly maxUpstreamConnections: number | null;
  /** Of bodies and whole answers that are held. */
  readonly maxBytesInFlight: number | null;
}
