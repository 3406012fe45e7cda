// What happens to the log, its keys and its subjects, as against what happens to requests.
import type { EndpointId, RequestId } from "../../base/index.ts";
import type { EntryStamp, LogHead, SinceVersion2 } from "./log-head.ts";

export type LifecycleEntry =
  | ClosedEntry
  | ErasureEntry
  | HoldEntry
  | DisclosureEntry
  | AccessEntry
  | RetentionEntry
  | WormEntry
  | KeyEntry
  | ForkEntry
  | QuarantineEntry
  | ReleaseEntry
  | PolicyEntry;

/**
 * The last entry of a shard; no permit is open before it. It vouches for the key of the next one, so that who trusts
 * one month's key need not be told the next month's.
 */
export interface ClosedEntry extends EntryStamp {
  readonly t: "closed";
  /** Null when the cell keeps no log any more. `key` is a verifier key (C2SP signed-note) named like its origin. */
  readonly next: { readonly origin: string; readonly key: string } | null;
}

/** The key behind `subject` is destroyed: nobody can tell any more whose the commitments under it were. */
export interface ErasureEntry extends EntryStamp {
  readonly t: "erasure";
  readonly subject: string;
  readonly ground: string;
}

/** A legal hold: while one is placed on it, the key behind `subject` must not be destroyed. */
export interface HoldEntry extends EntryStamp {
  readonly t: "hold";
  readonly subject: string;
  readonly act: "place" | "release";
  readonly reason: string;
  /** Milliseconds since the epoch, exclusive; null: until it is released. */
  readonly until: number | null;
}

/** The key behind `subject` was handed out, so that its holder can check the commitments under it. */
export interface DisclosureEntry extends EntryStamp {
  readonly t: "disclosure";
  readonly subject: string;
  readonly recipient: string;
}

/** The content record of a request was opened for somebody to read (45 CFR 164.312(b): activity in what holds health data). */
export interface AccessEntry extends EntryStamp {
  readonly t: "access";
  readonly subject: string;
  readonly rid: RequestId;
}

/** A whole log of an earlier month was deleted when its time was over; its last checkpoint is kept. */
export interface RetentionEntry extends EntryStamp {
  readonly t: "retention";
  readonly log: LogHead;
  /** How long it had to be kept. */
  readonly days: number;
}

/** Files of a log that now lie under a lock that nobody can lift. */
export interface WormEntry extends EntryStamp {
  readonly t: "worm";
  /** Entries up to `size` are copied. */
  readonly log: LogHead;
  /** Objects that the manifest lists, with the version of each. */
  readonly objects: number;
  /** SHA-256 of the manifest, hex. */
  readonly manifest: string;
  /** Milliseconds since the epoch: the lock ends then, at the earliest. */
  readonly until: number;
}

/** A change of the key that wraps the subject keys. */
export interface KeyEntry extends EntryStamp {
  readonly t: "key";
  readonly act: "rotate" | "rewrap";
  readonly service: string;
  /** SHA-256 of the service's name for the key and its version, hex. */
  readonly key: string;
  /** Subject keys that are wrapped under it now. */
  readonly wrapped: number;
}

/** As a witness, this cell was shown a log that contradicts what it has cosigned. */
export interface ForkEntry extends EntryStamp {
  readonly t: "fork";
  readonly act: "fork" | "rollback";
  readonly known: LogHead;
  readonly shown: LogHead;
}

/** An endpoint gets no more requests, because its evidence contradicted what it may do. */
export interface QuarantineEntry extends EntryStamp<SinceVersion2> {
  readonly t: "quarantine";
  readonly endpoint: EndpointId;
  /** The request whose evidence led to it; null where none did. */
  readonly rid: RequestId | null;
}

/** It gets requests again. Its quarantine may stand in the log of an earlier month. */
export interface ReleaseEntry extends EntryStamp<SinceVersion2> {
  readonly t: "release";
  readonly endpoint: EndpointId;
  readonly rid: RequestId | null;
}

/**
 * A policy came into force: `policy` is what decisions name from here on. Its texts lie under their hashes beside the
 * log, and did so before this entry was written. A policy of many texts has several such entries, one after the other.
 */
export interface PolicyEntry extends EntryStamp<SinceVersion2> {
  readonly t: "policy";
  readonly policy: string;
  readonly texts: readonly TextName[];
  /** That are kept of the policy, in all of its entries. */
  readonly textCount: number;
}

/** A text under the name that its author gave it; `hash` is its SHA-256 in hex, and the name of its file. */
export interface TextName {
  readonly name: string;
  readonly hash: string;
}
