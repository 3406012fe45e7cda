// Subject keys: what turns the bytes of a request into a commitment that only a holder of the key can check, and that
// nobody can once the key is destroyed (DESIGN §6). Not on WORM storage: erasure is the destruction of a file here.
import type { InstantMs, SettledMs, TenantId } from "../../base/index.ts";
import type { KeyObject } from "node:crypto";
import type { DisclosedKey } from "./disclosed-key.ts";
import type { KeyVersion } from "../key-services/key-service.ts";
import type { SubjectKey, SubjectSecret } from "./subject-key.ts";

/** Whom a request is about. */
export interface Subject {
  readonly tenant: TenantId;
  /** What the tenant calls the person, opaque to us and never stored; null: the tenant did not say. */
  readonly person: string | null;
}

/** A subject in one month. */
export interface SubjectPlace {
  readonly month: string;
  /** 32 hex digits. Each month has its own, so that months cannot be linked by it without the handle key. */
  readonly name: string;
}

/** What a thread that serves callers does with a vault. Rejects as {@link Vault} does. */
export interface KeySource {
  /** 128 bits in hex that stand for the tenant in this cell's log, the same for ever, meaningless elsewhere. */
  tenantHandle(tenant: TenantId): string;
  /** The subject's key for the calendar month (UTC) of `nowMs`, made on first use; asked twice at once, one key. */
  subjectKey(subject: Subject, nowMs: InstantMs): Promise<SubjectKey>;
  /** The same where the key is in memory, with nothing to wait for; null where it is not, and once it is erased. */
  keyAtHand(subject: Subject, nowMs: InstantMs): SubjectKey | null;
  /** The subject's key of that month if there is one; none is made. */
  knownKey(subject: Subject, nowMs: InstantMs): Promise<SubjectKey | null>;
  /** Under what the subject's key of that month is found: no person can be read in it, and it names nobody elsewhere. */
  placeOf(subject: Subject, nowMs: InstantMs): SubjectPlace;
  /** The key of a place, for whoever has kept something under it; null where there is none, and once it is erased. */
  keyAtPlace(place: SubjectPlace): Promise<SubjectKey | null>;
}

/** For threads of this process that have a `LentVault` each. */
export interface KeyLender {
  /** Under which such a thread names tenants and subjects as the vault does. */
  readonly handleKey: KeyObject;
  /** The key at a place; made there if it `isMade`, else null where there is none. */
  keyAt(place: SubjectPlace, isMade: boolean): Promise<SubjectSecret | null>;
}

/**
 * For one process at a time. Whatever needs the key service and finds neither it nor a copy in memory rejects with KeysUnavailableError. What
 * resolves is durable. Methods that take a handle reject with {@link UnknownHandleError} where there is no such key.
 */
export interface Vault extends KeySource {
  /** What an operator must know before trusting this vault with real subjects; null: nothing. */
  readonly warning: string | null;
  /** The key that a handle names, also of an earlier month. */
  keyOf(handle: string): Promise<SubjectKey>;
  /** The subject's handles, oldest first; of these months (`2026-11`) or of all. Needs no key service. */
  handlesOf(subject: Subject, months?: readonly string[]): Promise<readonly MonthHandle[]>;
  /** What an auditor needs in order to check the commitments under this handle, and no more. */
  disclose(handle: string): Promise<DisclosedKey>;
  /**
   * Destroys the key, for good: from the first moment nobody is handed it any more, a crash only delays the rest.
   * `record` writes the ledger's entry, and the key is destroyed when it resolves; if it rejects, or we crash, the
   * erasure stays pending. Rejects with {@link HeldError} while a hold is in force. Needs no key service.
   */
  erase(order: ErasureOrder, record: () => Promise<void>): Promise<void>;
  /** What was begun and not finished: give each to `erase` again. */
  pendingErasures(): Promise<readonly PendingErasure[]>;
  /** A second hold for the same reason takes the place of the first. */
  placeHold(hold: Hold): Promise<void>;
  /** Resolves with whether there was one. */
  releaseHold(handle: string, reason: string): Promise<boolean>;
  /** All that are in force at `nowMs`. */
  holds(nowMs: SettledMs): Promise<readonly Hold[]>;
  /** Makes a new version of the wrapping key. Keys that were wrapped before stay under theirs until `rewrapAll`. */
  rotateKey(): Promise<KeyVersion>;
  /** Wraps every key under the newest version. Stopped half-way, it goes on where it stopped when it is called again. */
  rewrapAll(onProgress?: (progress: RewrapProgress) => void): Promise<Rewrapped>;
  health(): Promise<KeyHealth>;
  /**
   * Hands keys to other threads. `forget` is called with the place of each key that is to be erased, and resolves when
   * nobody has it in memory any more; the erasure waits for that.
   */
  lend(forget: (place: string) => Promise<void>): KeyLender;
  close(): Promise<void>;
}

export interface MonthHandle {
  readonly month: string;
  readonly handle: string;
}

export interface ErasureOrder {
  readonly handle: string;
  /** Why, as the ledger's entry says it; kept until that entry is written. */
  readonly ground: string;
  readonly nowMs: SettledMs;
}

export interface PendingErasure {
  readonly handle: string;
  readonly ground: string;
  /** The ledger has its entry; `erase` will not ask for another. */
  readonly isRecorded: boolean;
}

export interface Hold {
  readonly handle: string;
  readonly reason: string;
  /** Exclusive; null: until it is released. */
  readonly untilMs: InstantMs | null;
}

export interface RewrapProgress {
  readonly done: number;
  readonly total: number;
}

export interface Rewrapped extends KeyVersion {
  /** Subject keys that are under this version now. */
  readonly wrapped: number;
}

export interface KeyHealth {
  readonly service: string;
  /** Null when the service cannot be asked. */
  readonly newest: KeyVersion | null;
  /** Why not; null: it can. */
  readonly reason: string | null;
  /** Keys in memory, which go on without the service. */
  readonly cached: number;
}

/** The ledger's entries of that handle stay; nobody can tell any more what is behind them. */
export class UnknownHandleError extends Error {
  constructor(handle: string) {
    super(`no key is called \`${handle}\`: it was erased, or it is another cell's`);
    this.name = "UnknownHandleError";
  }
}

/** A legal hold forbids what was asked. */
export class HeldError extends Error {
  readonly holds: readonly Hold[];

  constructor(handle: string, holds: readonly Hold[]) {
    super(
      `\`${handle}\` must not be erased: it is held for ${holds.map(({ reason }) => `\`${reason}\``).join(", ")}; ` +
        `release the hold first`,
    );
    this.name = "HeldError";
    this.holds = holds;
  }
}
