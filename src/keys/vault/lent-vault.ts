// The vault for a thread that serves callers and does not own it: keys are asked for, and kept until they are to be forgotten.
// Each gateway thread owns the state of its own.
import type { KeyObject } from "node:crypto";
import type { InstantMs, TenantId } from "../../base/index.ts";

import { Recent } from "./recent.ts";
import { type SubjectKey, subjectKeyOf, type SubjectSecret } from "./subject-key.ts";
import { SubjectPlaces } from "./subject-places.ts";
import type { KeySource, Subject, SubjectPlace } from "./vault.ts";

export interface LentVaultOptions {
  readonly handleKey: KeyObject;
  /** As `KeyLender.keyAt` in the thread whose vault it is. */
  readonly keyAt: (place: SubjectPlace, isMade: boolean) => Promise<SubjectSecret | null>;
  readonly cachedKeys?: number;
}

const defaultCachedKeys = 10_000;

/**
 * INVARIANT: a key that was asked for before its place was forgotten is not in the cache after it: what was under way is
 * used for its own request, and asked for anew by the next.
 */
export class LentVault implements KeySource {
  readonly #options: LentVaultOptions;
  readonly #places: SubjectPlaces;
  readonly #cache: Recent<SubjectKey>;
  /** By place, what was asked for and not answered; a key that is made at once for two is one key. */
  readonly #asked = new Map<string, Promise<SubjectKey | null>>();

  constructor(options: LentVaultOptions) {
    this.#options = options;
    this.#places = new SubjectPlaces(options.handleKey);
    this.#cache = new Recent(options.cachedKeys ?? defaultCachedKeys);
  }

  tenantHandle(tenant: TenantId): string {
    return this.#places.tenantHandle(tenant);
  }

  async subjectKey(subject: Subject, nowMs: InstantMs): Promise<SubjectKey> {
    const place = this.#places.at(subject, nowMs);
    const key = this.#cache.get(place.name) ?? (await this.#ask(place, true));
    if (key === null) throw new TypeError("a key that was to be made was not");
    return key;
  }

  keyAtHand(subject: Subject, nowMs: InstantMs): SubjectKey | null {
    return this.#cache.get(this.#places.at(subject, nowMs).name) ?? null;
  }

  async knownKey(subject: Subject, nowMs: InstantMs): Promise<SubjectKey | null> {
    return this.keyAtPlace(this.#places.at(subject, nowMs));
  }

  placeOf(subject: Subject, nowMs: InstantMs): SubjectPlace {
    return this.#places.at(subject, nowMs);
  }

  async keyAtPlace(place: SubjectPlace): Promise<SubjectKey | null> {
    return this.#cache.get(place.name) ?? this.#ask(place, false);
  }

  /** Nobody is handed the key of the place any more, but from the vault itself. */
  forget(place: string): void {
    this.#cache.delete(place);
    for (const name of [place, `${place}?`]) this.#asked.delete(name);
  }

  #ask(place: SubjectPlace, isMade: boolean): Promise<SubjectKey | null> {
    const name = isMade ? place.name : `${place.name}?`;
    const underWay = this.#asked.get(name);
    if (underWay) return underWay;
    const asked = this.#options
      .keyAt(place, isMade)
      .then((secret) => secret && subjectKeyOf(secret))
      .then((key) => {
        if (key && this.#asked.get(name) === asked) this.#cache.set(place.name, key);
        return key;
      })
      .finally(() => {
        if (this.#asked.get(name) === asked) this.#asked.delete(name);
      });
    this.#asked.set(name, asked);
    return asked;
  }
}
