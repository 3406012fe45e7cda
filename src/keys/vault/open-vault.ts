// The control thread owns its state.
import type { KeyObject } from "node:crypto";
import type { InstantMs, SettledMs, TenantId } from "../../base/index.ts";
import { type FileSystem, nodeFileSystem } from "../../disk/index.ts";
import type { DisclosedKey } from "./disclosed-key.ts";
import { ErasureJournal, type OrderedErasure } from "./erasure-journal.ts";
import { directories, keyFile, nameFile, placeOf } from "./key-place.ts";
import {
  KeyRefusedError,
  type KeyService,
  KeysUnavailableError,
  type KeyVersion,
} from "../key-services/key-service.ts";
import { LegalHolds } from "./legal-holds.ts";
import { Recent } from "./recent.ts";
import {
  commitmentKeyOf,
  importSecret,
  type SubjectKey,
  subjectKeyOf,
  type SubjectSecret,
} from "./subject-key.ts";
import { type OpenedKey, SubjectKeys } from "./subject-keys.ts";
import { SubjectPlaces } from "./subject-places.ts";
import { Turns } from "./turns.ts";
import {
  type ErasureOrder,
  HeldError,
  type Hold,
  type KeyHealth,
  type KeyLender,
  type MonthHandle,
  type PendingErasure,
  type Rewrapped,
  type RewrapProgress,
  type Subject,
  UnknownHandleError,
  type Vault,
  type SubjectPlace,
} from "./vault.ts";
import { VaultFiles } from "./vault-files.ts";
import { type KeyScope, openHandleKey, rewrapHandleKey, WrappedKeys } from "./wrapped-keys.ts";

export interface VaultOptions extends KeyScope {
  readonly directory: string;
  readonly service: KeyService;
  /** Keys that are kept in memory, those that were asked for last: what goes on when the service is down. */
  readonly cachedKeys?: number;
  readonly fileSystem?: FileSystem;
}

const defaultCachedKeys = 10_000;

/**
 * Finds the keys that are there. Rejects on damage rather than make a new key, for a second key would make the first
 * one's commitments uncheckable; and when the key service is down, for without the handle key nobody can be named.
 * The service is the vault's from here on: it is closed with it, and also when there is no vault.
 */
export async function openVault(options: VaultOptions): Promise<Vault> {
  try {
    return await open(options);
  } catch (error) {
    await options.service.close();
    throw error;
  }
}

async function open({
  directory,
  service,
  deployment,
  cell,
  cachedKeys = defaultCachedKeys,
  fileSystem = nodeFileSystem,
}: VaultOptions): Promise<Vault> {
  // A key that is not fit, or not there, is found out before anything is under it.
  await service.describe();
  const files = await VaultFiles.open(fileSystem, directory);
  const keys = new WrappedKeys(files, service, { deployment, cell });
  const vault = new FileVault({ files, keys, service, handleKey: await openHandleKey(keys), cachedKeys });
  await vault.withdrawPending();
  return vault;
}

interface VaultParts {
  readonly files: VaultFiles;
  readonly keys: WrappedKeys;
  readonly service: KeyService;
  readonly handleKey: KeyObject;
  readonly cachedKeys: number;
}

/** A key in memory. */
interface HeldKey {
  readonly secret: SubjectSecret;
  readonly key: SubjectKey;
}

class FileVault implements Vault {
  readonly warning: string | null;
  readonly #files: VaultFiles;
  readonly #keys: WrappedKeys;
  readonly #subjects: SubjectKeys;
  readonly #service: KeyService;
  readonly #handleKey: KeyObject;
  readonly #journal: ErasureJournal;
  readonly #holds: LegalHolds;
  /** By place. INVARIANT: it changes only in the place's turn, so that an erased key cannot come back into it. */
  readonly #cache: Recent<HeldKey>;
  readonly #places: SubjectPlaces;
  /** Of other threads, which have keys in memory too. */
  readonly #forget: ((place: string) => Promise<void>)[] = [];
  /** Of places and of handles. INVARIANT: who needs both takes the handle's first, or two could wait for each other. */
  readonly #turns = new Turns();

  constructor({ files, keys, service, handleKey, cachedKeys }: VaultParts) {
    this.warning = service.warning;
    this.#files = files;
    this.#keys = keys;
    this.#subjects = new SubjectKeys(files, keys);
    this.#service = service;
    this.#handleKey = handleKey;
    this.#journal = new ErasureJournal(files);
    this.#holds = new LegalHolds(files);
    this.#cache = new Recent(cachedKeys);
    this.#places = new SubjectPlaces(handleKey);
  }

  tenantHandle(tenant: TenantId): string {
    return this.#places.tenantHandle(tenant);
  }

  async subjectKey(subject: Subject, nowMs: InstantMs): Promise<SubjectKey> {
    return (await this.#held(this.#places.at(subject, nowMs))).key;
  }

  keyAtHand(subject: Subject, nowMs: InstantMs): SubjectKey | null {
    return this.#cache.get(this.#places.at(subject, nowMs).name)?.key ?? null;
  }

  async knownKey(subject: Subject, nowMs: InstantMs): Promise<SubjectKey | null> {
    return this.keyAtPlace(this.#places.at(subject, nowMs));
  }

  placeOf(subject: Subject, nowMs: InstantMs): SubjectPlace {
    return this.#places.at(subject, nowMs);
  }

  async keyAtPlace(place: SubjectPlace): Promise<SubjectKey | null> {
    return (await this.#knownAt(place))?.key ?? null;
  }

  async keyOf(handle: string): Promise<SubjectKey> {
    return subjectKeyOf(importSecret(handle, await this.#secretOf(handle)));
  }

  lend(forget: (place: string) => Promise<void>): KeyLender {
    this.#forget.push(forget);
    return {
      handleKey: this.#handleKey,
      keyAt: async (place, isMade) =>
        (await (isMade ? this.#held(place) : this.#knownAt(place)))?.secret ?? null,
    };
  }

  async handlesOf(subject: Subject, months?: readonly string[]): Promise<readonly MonthHandle[]> {
    const found: MonthHandle[] = [];
    for (const month of months ?? (await this.#files.list(directories.names))) {
      const handle = await this.#subjects.handleAt(placeOf(this.#handleKey, subject, month));
      if (handle !== null) found.push({ month, handle });
    }
    return found;
  }

  async disclose(handle: string): Promise<DisclosedKey> {
    return { handle, key: commitmentKeyOf(await this.#secretOf(handle)) };
  }

  async erase(order: ErasureOrder, record: () => Promise<void>): Promise<void> {
    await this.#turns.take(order.handle, async () => {
      // If we crash before the order is durable, nothing has happened; after it, the erasure will be finished.
      const ordered = (await this.#journal.find(order.handle)) ?? (await this.#order(order));
      await this.#withdraw(ordered);
      if (!ordered.isRecorded) await record();
      // If we crash here, the ledger gets a second entry of the same erasure: true, and better than none.
      const recorded = ordered.isRecorded ? ordered : await this.#journal.markRecorded(ordered);
      // If we crash in the following steps, the journal still has the order, and the next start repeats them.
      await this.#files.destroy(...keyFile(recorded.place.month, recorded.handle));
      await this.#holds.drop(recorded.handle);
      await this.#journal.close(recorded);
    });
  }

  async pendingErasures(): Promise<readonly PendingErasure[]> {
    const pending = await this.#journal.pending();
    return pending.map(({ handle, ground, isRecorded }) => ({ handle, ground, isRecorded }));
  }

  async placeHold(hold: Hold): Promise<void> {
    await this.#turns.take(hold.handle, async () => {
      await this.#requireKept(hold.handle);
      await this.#holds.place(hold);
    });
  }

  async releaseHold(handle: string, reason: string): Promise<boolean> {
    return this.#turns.take(handle, async () => {
      await this.#requireKept(handle);
      return this.#holds.release(handle, reason);
    });
  }

  async holds(nowMs: SettledMs): Promise<readonly Hold[]> {
    return this.#holds.all(nowMs);
  }

  async rotateKey(): Promise<KeyVersion> {
    return this.#service.rotate();
  }

  async rewrapAll(onProgress: (progress: RewrapProgress) => void = () => {}): Promise<Rewrapped> {
    const newest = await this.#service.describe();
    await rewrapHandleKey(this.#keys, newest);
    const all = await this.#allHandles();
    let wrapped = 0;
    for (const [done, handle] of all.entries()) {
      if (await this.#turns.take(handle, () => this.#rewrap(handle, newest))) wrapped++;
      onProgress({ done: done + 1, total: all.length });
    }
    return { ...newest, wrapped };
  }

  async health(): Promise<KeyHealth> {
    const state = { service: this.#service.name, cached: this.#cache.size };
    try {
      return { ...state, newest: await this.#service.describe(), reason: null };
    } catch (error) {
      if (error instanceof KeysUnavailableError || error instanceof KeyRefusedError) {
        return { ...state, newest: null, reason: error.message };
      }
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#service.close();
  }

  /** Whoever was erased when we crashed must not be found by name again. */
  async withdrawPending(): Promise<void> {
    for (const order of await this.#journal.pending()) await this.#withdraw(order);
  }

  async #held(place: SubjectPlace): Promise<HeldKey> {
    const cached = this.#cache.get(place.name);
    if (cached) return cached;
    return this.#turns.take(place.name, async () => this.#cache.get(place.name) ?? this.#made(place));
  }

  /** INVARIANT: looked for and opened in one turn, and never made: an erasure between the two would leave its subject with a new key. */
  async #knownAt(place: SubjectPlace): Promise<HeldKey | null> {
    const cached = this.#cache.get(place.name);
    if (cached) return cached;
    return this.#turns.take(place.name, async () => this.#cache.get(place.name) ?? this.#found(place));
  }

  /** This and {@link #found} in the place's turn alone. */
  async #made(place: SubjectPlace): Promise<HeldKey> {
    return this.#hold(place, await this.#reach(() => this.#subjects.open(place)));
  }

  async #found(place: SubjectPlace): Promise<HeldKey | null> {
    const known = await this.#reach(() => this.#subjects.known(place));
    return known && this.#hold(place, known);
  }

  #hold({ name }: SubjectPlace, opened: OpenedKey): HeldKey {
    const secret = importSecret(opened.handle, opened.secret);
    const held = { secret, key: subjectKeyOf(secret) };
    this.#cache.set(name, held);
    return held;
  }

  async #reach<Opened>(open: () => Promise<Opened>): Promise<Opened> {
    try {
      return await open();
    } catch (error) {
      const { code, syscall } = error as NodeJS.ErrnoException;
      if (code === undefined || syscall === undefined) throw error;
      throw new KeysUnavailableError(this.#service.name, `the vault's disk says ${code}`, { cause: error });
    }
  }

  async #secretOf(handle: string): Promise<Uint8Array> {
    return this.#subjects.unwrap(await this.#requireKept(handle));
  }

  /** A key that is ordered to be erased is as good as gone. */
  async #requireKept(handle: string): ReturnType<SubjectKeys["find"]> {
    if (await this.#journal.find(handle)) throw new UnknownHandleError(handle);
    return this.#subjects.find(handle);
  }

  async #order(order: ErasureOrder): Promise<OrderedErasure> {
    const { place } = await this.#subjects.find(order.handle);
    const holds = await this.#holds.inForce(order.handle, order.nowMs);
    if (holds.length > 0) throw new HeldError(order.handle, holds);
    return this.#journal.order(order, place);
  }

  /** From here on the subject's next request gets another key. */
  async #withdraw({ handle, place }: OrderedErasure): Promise<void> {
    await this.#turns.take(place.name, async () => {
      if (this.#cache.get(place.name)?.key.handle === handle) this.#cache.delete(place.name);
      if ((await this.#subjects.handleAt(place)) === handle) await this.#files.remove(...nameFile(place));
      // INVARIANT: within the place's turn. What other threads were handed before it, they forget; after it there is another key.
      await Promise.all(this.#forget.map((forget) => forget(place.name)));
    });
  }

  async #allHandles(): Promise<readonly string[]> {
    const months = await this.#files.list(directories.keys);
    return (await Promise.all(months.map((month) => this.#files.list(directories.keys, month)))).flat();
  }

  /** Runs in the handle's turn, or a key that is erased meanwhile would be written again. False when it has gone. */
  async #rewrap(handle: string, newest: KeyVersion): Promise<boolean> {
    try {
      const { file, stored } = await this.#requireKept(handle);
      await this.#keys.rewrap(file, stored, newest);
      return true;
    } catch (error) {
      if (error instanceof UnknownHandleError) return false;
      throw error;
    }
  }
}
