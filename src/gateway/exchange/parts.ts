// What a gateway's thread is started with, and what it does for the control thread.
import type { CellId, EndpointId } from "../../base/index.ts";
import type { CellLimits, ListenAddress, Network, Policy } from "../../config/index.ts";
import type { KeySource } from "../../keys/index.ts";
import type { ContentRecords, StoredObjects } from "../../privacy/index.ts";
import type { EndpointAddress } from "../../providers/index.ts";
import type { LedgerClient, Quarantine, WitnessReply } from "../../store/index.ts";
import type { ListenerTls } from "../certificates/listener-tls.ts";
import type { HeldKeySet } from "../in-force/key-sets.ts";
import type { LimitSeat } from "../limits/limit-memory.ts";
import type { LimitStanding } from "../limits/limit-standing.ts";
import type { Capacity } from "../shared/capacity.ts";
import type { GeoIp } from "../shared/geo-ip.ts";
import type { TransferTally } from "../shared/transfer-tally.ts";
import type { Channel } from "./channel.ts";
import type { Standing, ThreadTools } from "./thread-services.ts";

/** What is fixed for the life of a gateway's thread. INVARIANT: plain data, so that it travels in a message. */
export interface GatewaySettings {
  /** The cell of the policy that this process is. */
  readonly cell: CellId;
  readonly limits: CellLimits;
  readonly capacity: Capacity;
  /** Whose pages may ask from a browser. */
  readonly corsOrigins: readonly string[];
  /** Whose word on the caller's address is taken. */
  readonly trustedProxies: readonly Network[];
  /** Takes no request while its own log has lacked its cosignatures for a minute. */
  readonly isQuorumRequired: boolean;
  /** Port 0 takes a free one. */
  readonly listen: ListenAddress;
  /** Whether other threads listen there too (SO_REUSEPORT): the system deals connections out among them. */
  readonly isPortShared: boolean;
}

/** A policy as its file states it, and how each endpoint that it names in this cell is reached. */
export interface AddressedPolicy {
  readonly policy: Policy;
  readonly addresses: readonly EndpointAddress[];
}

/** This cell as a witness for others, in whichever thread it is. Rejects as `Witness` in the store does. */
export interface WitnessAnswers {
  addCheckpoint(body: Uint8Array): Promise<WitnessReply>;
  addLog(body: Uint8Array): Promise<WitnessReply>;
  /** Of the log whose origin has this hash. */
  newest(hash: string): Uint8Array | null | Promise<Uint8Array | null>;
}

/** Parts of the cell that a gateway's thread uses and does not own. Whoever opened them closes them, after the gateway. */
export interface CellParts {
  readonly ledger: LedgerClient;
  readonly vault: KeySource;
  readonly records: ContentRecords;
  /** What callers have left in the cell. */
  readonly files: StoredObjects;
  readonly batches: StoredObjects;
  /** Null: the cell cosigns nobody's log. */
  readonly witness: WitnessAnswers | null;
  /** Null: addresses say nothing. */
  readonly geoIp: GeoIp | null;
  readonly tally: TransferTally;
  readonly limitSeat: LimitSeat;
}

export interface GatewayParts extends GatewaySettings, AddressedPolicy, CellParts, ThreadTools {
  /** Null: callers are received in the clear. */
  readonly tls: ListenerTls | null;
  /** Keys of identity providers that are there already. */
  readonly keySets: readonly HeldKeySet[];
  /** Texts of the legal events that stand. */
  readonly events: readonly string[];
  /** Endpoints that get no requests until they are released. */
  readonly quarantined: readonly EndpointId[];
  /** Tells the control thread that a request's key could not be had. */
  readonly keysUnavailable: () => void;
  /** Asks the control thread for newer keys; `Gateway.takeKeySet` is the answer. */
  readonly keySetWanted: (id: string) => void;
  /** Tells the control thread of a quarantine that is on record. */
  readonly endpointQuarantined: (quarantine: Quarantine) => void;
}

/** All that can fail is done. One of the two is called, once. */
export interface PreparedPolicy {
  /** In force for every request that comes from then on, in one turn of the event loop. */
  commit(): void;
  discard(): Promise<void>;
}

export interface Gateway {
  /** Without a slash at the end. */
  readonly url: string;
  /** Null where the policy cannot be taken up. */
  prepare(next: AddressedPolicy): Promise<PreparedPolicy | null>;
  /** Texts of all legal events that stand from now on: in force when it returns. */
  takeEvents(texts: readonly string[]): void;
  /** From now on; of a gateway that has had one from its start. */
  renewTls(tls: ListenerTls): void;
  /** In force when it resolves. */
  takeKeySet(id: string, set: HeldKeySet | null): Promise<void>;
  /** Nothing of what the subject was answered is kept any more. To be called once the vault hands its key to nobody. */
  forget(subject: string): void;
  hear(standing: Standing): void;
  /** It gets no request from now on, whichever policy names it. */
  quarantine(endpoint: EndpointId): void;
  /** It gets one request as a trial, and more if that is answered. */
  release(endpoint: EndpointId): void;
  /** Where each limit of the policy in force stands. */
  limits(): readonly LimitStanding[];
  /** Runs one request that comes by another way than our listener. Resolves when it is over. */
  serve(channel: Channel): Promise<void>;
  /** Ends what runs as `drain` does, and refuses what comes; but listens on, for those whose logs it cosigns. */
  quiesce(): Promise<void>;
  /**
   * Takes no new request, finishes the running ones up to `limits.drainTimeoutMs`, then ends them with a typed error,
   * recorded as such. Resolves when listener and connections are closed; a second call waits for the first.
   */
  drain(): Promise<void>;
}
