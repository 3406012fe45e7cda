import type { AllowedEndpoint, DecisionEntry } from "./decision-entry.ts";
import type { EntryStamp, LogHead } from "./log-head.ts";
import type { CellId, EndpointId, Place, RequestId } from "../../base/index.ts";
import type { LifecycleEntry } from "./lifecycle-entry.ts";
import type { CorrectionEntry, OutcomeEntry } from "./outcome-entry.ts";
import type { DecisionEntryV2, OutcomeEntryV2 } from "./v2/former-entries.ts";
import type { DecisionEntryV1, OutcomeEntryV1 } from "./v1/former-entries.ts";

/**
 * What the log holds: closed schemas, nothing else can be written. Never content, never an unkeyed hash of content,
 * never an identifier of a person or a key, no free text. Stored as RFC 8785 JSON, at most 4 KiB (docs/spec/ledger.md).
 * Of every version that this release knows: `v` and `t` together say which members an entry has.
 */
export type Entry =
  | OpenedEntry
  | StoredDecision
  | TransferEntry
  | ImportEntry
  | StoredOutcome
  | ViolationEntry
  | LegalEntry
  | LifecycleEntry
  | CorrectionEntry;

/** A kind of entry as it is written from now on: in the newest version, which is the only one that writers write. */
export type Written<Kind extends EntryStamp> = Kind & { readonly v: 3 };

export type WrittenEntry = Written<Entry>;

/** A decision of any version; they differ in `revision` alone. */
export type StoredDecision = DecisionEntry | DecisionEntryV2 | DecisionEntryV1;

/** An outcome of any version; `outcomeView` shows both alike. */
export type StoredOutcome = OutcomeEntry | OutcomeEntryV2 | OutcomeEntryV1;

export const maxEntryBytes = 4096;

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
  readonly kind: "region" | "operator" | "group" | "mechanism" | "regime" | "endpoint";
  /** A code or a name of the policy, or the instrument of a free destination in its pack's own words. */
  readonly name: string;
}
