import type { CellId } from "../base/index.ts";
import type { CellLimits, ListenAddress, Network, Policy } from "../config/index.ts";
import type { Vault } from "../keys/index.ts";
import type { PolicyRefusal } from "./cell-context.ts";
import type { LegalRegister } from "./legal-register.ts";
import type { RecordShelf } from "./records/record-shelf.ts";
import type { Upstreams } from "../providers/index.ts";
import type { CopyState, Ledger, Witness } from "../store/index.ts";
import type { Logger, Metrics } from "../telemetry/index.ts";
import type { GeoIp } from "./geo-ip.ts";

/** What a gateway is made of. Whoever makes the parts closes them, after the gateway has closed. */
export interface GatewayParts {
  /** As its file states it. */
  readonly policy: Policy;
  /** The cell of the policy that this process is. */
  readonly cell: CellId;
  /** The events that were in the cell's directory when it was opened; the gateway takes up what comes later. */
  readonly legal: LegalRegister;
  readonly ledger: Ledger;
  /** Null: the cell cosigns nobody's log. */
  readonly witness: Witness | null;
  /** Takes no request while its own log has lacked its cosignatures for a minute. */
  readonly isQuorumRequired: boolean;
  readonly vault: Vault;
  readonly records: RecordShelf;
  /** In the vault's directory (lifecycle/replay-mark.ts). */
  readonly replayMarkFile: string;
  /** How far the ledger's locked copies are; null where none are made. */
  readonly copies: (() => CopyState) | null;
  readonly upstreams: Upstreams;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly limits: CellLimits;
  /** Null: addresses say nothing. */
  readonly geoIp: GeoIp | null;
  /** Whose word on the caller's address is taken. */
  readonly trustedProxies: readonly Network[];
  /** Port 0 takes a free one. */
  readonly listen: ListenAddress;
  /** Health, metrics, and what needs the admin token. It stays open until the last request has ended, so that `/readyz` can say so. */
  readonly admin: ListenAddress;
  /** What a request to the admin API beside health and metrics must carry. */
  readonly adminToken: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
}

export interface Gateway {
  /** Without a slash at the end. */
  readonly url: string;
  readonly adminUrl: string;
  /** A new policy, or null for a file that cannot be used. Resolves with the reason why the last good one stays. */
  reload(policy: Policy | null): Promise<PolicyRefusal | null>;
  /** Ends what runs as `drain` does, and refuses what comes; but listens on, for those whose logs it cosigns. */
  quiesce(): Promise<void>;
  /**
   * Takes no new request, finishes the running ones up to `limits.drainTimeoutMs`, then ends them with a typed error,
   * recorded as such. Resolves when both listeners are closed; a second call waits for the first.
   */
  drain(): Promise<void>;
  /** Resolves when `drain` has. */
  readonly closed: Promise<void>;
}
