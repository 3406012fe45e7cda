import type { CellId, EndpointId, Place, RegimeId, RequestId } from "../base/index.ts";
import type { LifecycleEntry } from "./lifecycle-entry.ts";

/**
 * What the log holds: closed schemas, nothing else can be written. Never content, never an unkeyed hash of content,
 * never an identifier of a person or a key, no free text. Stored as RFC 8785 JSON, at most 4 KiB (docs/spec/ledger.md).
 */
export type Entry =
  | OpenedEntry
  | DecisionEntry
  | TransferEntry
  | ImportEntry
  | OutcomeEntry
  | ViolationEntry
  | LegalEntry
  | LifecycleEntry;

export const maxEntryBytes = 4096;

export interface EntryStamp {
  readonly v: 1;
  /** 16 random bytes in hex: without it, a neighbour's guessable entry could be confirmed from its leaf hash. */
  readonly n: string;
  /** Milliseconds since the epoch, by the cell's clock. */
  readonly ts: number;
  readonly cell: CellId;
}

/** Entry 0 of a shard, and one more each time the log is opened again. */
export interface OpenedEntry extends EntryStamp {
  readonly t: "opened";
  readonly origin: string;
  readonly software: string;
  readonly policy: string;
  /** Grows with every opening of this shard; a copy that was opened elsewhere shows as a repeated epoch. */
  readonly epoch: number;
  /**
   * The log of the month before as it was published when this one began: both are bound together, so neither can be
   * exchanged alone. Null in a cell's first log.
   */
  readonly previous: LogHead | null;
}

/** A log at one of its sizes. */
export interface LogHead {
  readonly origin: string;
  readonly size: number;
  /** Hex. */
  readonly root: string;
}

/**
 * Durable before a byte of the request leaves the cell. Refusals are decisions too. A `permit` opens a pair that
 * exactly one outcome closes; `refuse` and `redirect` are complete in themselves, for nothing runs after them.
 */
export interface DecisionEntry extends EntryStamp {
  readonly t: "decision";
  readonly rid: RequestId;
  /** Opaque handles: of the tenant, and of the key that made `req`; neither can be turned back into a name. */
  readonly tenant: string;
  readonly subject: string;
  /** HMAC-SHA256 under the subject key, hex; null when the body was not read. */
  readonly req: string | null;
  readonly policy: string;
  readonly verdict: "permit" | "refuse" | "redirect";
  /** The closed error type that the caller saw; null for a permit. */
  readonly error: string | null;
  readonly places: readonly { readonly place: Place; readonly basis: string }[];
  readonly classes: readonly string[];
  readonly regimes: readonly RegimeId[];
  readonly model: string | null;
  /**
   * The endpoints that this request may be sent to, best first. Where the law allows more than fit into an entry
   * (`fitDecision`), the permit is narrowed to these: what is not recorded is not used.
   */
  readonly allowed: readonly AllowedEndpoint[];
  /** How many endpoints the law allowed; at least the length of `allowed`. */
  readonly allowedCount: number;
  readonly blocked: readonly BlockedTarget[];
  /** How many blocks there were; at least the length of `blocked`, which names as many rules as fit. */
  readonly blockedCount: number;
  readonly obligations: readonly string[];
}

export interface AllowedEndpoint {
  readonly endpoint: EndpointId;
  readonly computes: readonly Place[];
  readonly transfer: boolean;
  readonly grounds: readonly {
    readonly regime: RegimeId;
    /** The policy's and its packs' own words, as are the documents. */
    readonly instrument: string | null;
    readonly documents: Readonly<Record<string, string>>;
  }[];
}

export interface BlockedTarget {
  readonly target: EndpointId | CellId;
  readonly rule: string;
}

/**
 * Durable before a byte of the request leaves for an endpoint that its decision allows as a transfer. The grounds are
 * those of the decision: which mechanism, under which documents. Stands between the decision and its outcome, once for
 * each such endpoint; an attempt at one that has no such entry before it is a fault of the log.
 */
export interface TransferEntry extends EntryStamp {
  readonly t: "transfer";
  readonly rid: RequestId;
  readonly decision: number;
  readonly endpoint: EndpointId;
  readonly computes: AllowedEndpoint["computes"];
  readonly grounds: AllowedEndpoint["grounds"];
  /** Travels with the request, so that a cell that receives it can record the same transfer as its import. */
  readonly xid: string;
  /** The cell of this deployment that receives it, if one does; its log must hold the import. */
  readonly peer: CellId | null;
}

/** The other half of a {@link TransferEntry}: this cell received the request from another one. Follows its decision. */
export interface ImportEntry extends EntryStamp {
  readonly t: "import";
  readonly rid: RequestId;
  readonly decision: number;
  readonly xid: string;
}

/** Closes a permit's decision: what happened, and how good the evidence of its place is. */
export interface OutcomeEntry extends EntryStamp {
  readonly t: "outcome";
  readonly rid: RequestId;
  /** Index of the decision entry. */
  readonly decision: number;
  /**
   * `complete`: the whole answer was given. `refused`: a provider refused the request as it was written.
   * `failed`: no answer began. `interrupted`: one began and broke off. `aborted`: the caller left.
   * `unknown`: the process died between decision and outcome, so nobody can say whether the request ran.
   */
  readonly result: "complete" | "refused" | "failed" | "interrupted" | "aborted" | "unknown";
  readonly error: string | null;
  readonly status: number | null;
  readonly executed: Executed | null;
  readonly attempts: readonly { readonly endpoint: EndpointId; readonly failure: string | null }[];
  /** HMAC-SHA256 of the answer's bytes under the subject key, hex. */
  readonly res: string | null;
  readonly tokens: { readonly input: number; readonly output: number; readonly cached: number } | null;
  readonly durationMs: number | null;
}

/** What was asked of a provider and what it said are different fields; `evidence` says how good the latter is. */
export interface Executed {
  readonly endpoint: EndpointId;
  readonly claimed: readonly Place[];
  readonly evidenced: readonly Place[];
  readonly evidence: string;
  readonly model: string | null;
}

/**
 * The evidence named a place outside the permit. The endpoint is quarantined. Stands before the outcome of its
 * decision: an outcome with such evidence and no violation before it is itself a fault of the log.
 */
export interface ViolationEntry extends EntryStamp {
  readonly t: "violation";
  readonly rid: RequestId;
  readonly decision: number;
  readonly endpoint: EndpointId;
  readonly claimed: readonly Place[];
  readonly evidenced: readonly Place[];
  readonly evidence: string;
}

/**
 * A signed legal event that this cell holds: one when it accepts it, and one for each that still stands whenever it is
 * started. In force from `from` (it may be later than this entry) until just before `until`.
 */
export interface LegalEntry extends EntryStamp {
  readonly t: "legal";
  /** The id that its signer gave it. */
  readonly event: string;
  readonly act: "suspend" | "lift";
  /** What is suspended; null for a lift. */
  readonly target: LegalTarget | null;
  /** The id of the suspension that it lifts; null for a suspension. */
  readonly lifts: string | null;
  readonly reason: string;
  readonly from: number;
  /** Null: until it is lifted. */
  readonly until: number | null;
  /** Name of the key that signed. */
  readonly signer: string;
  /** The hash that decisions name from here on: of the policy, its packs, and all events that the cell holds. */
  readonly policy: string;
}

export interface LegalTarget {
  readonly kind: "region" | "operator" | "mechanism" | "regime" | "endpoint";
  /** A code or a name of the policy, or the instrument of a free destination in its pack's own words. */
  readonly name: string;
}
