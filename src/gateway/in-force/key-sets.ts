// Owner: the gateway's thread. Keys of identity providers as they were last fetched. They change beside the policy: a key that
// a provider has taken back must not live on with the policy that was in force before.
import {
  elapsedMs,
  type InstantMs,
  type MonotonicClock,
  type MonotonicMs,
  type WallClock,
} from "../../base/index.ts";
import { parseKeySet } from "../../config/index.ts";
import { byName, importKey, type UsableKeys } from "./usable-keys.ts";

/** INVARIANT: plain data, so that it travels in a message. */
export interface HeldKeySet {
  /** Of the policy's `KeySetAddress`. */
  readonly id: string;
  /** As its provider published it. */
  readonly text: string;
  /** Of this process: the same number is the same answer of the provider's. */
  readonly serial: number;
  readonly fetchedAtMs: InstantMs;
  /**
   * The same by the steady clock, which is one in all threads of a process: a wall clock that is set back makes nothing younger,
   * nor does a thread that begins later.
   */
  readonly agesFrom: MonotonicMs;
  readonly maxAgeMs: number;
}

interface Clocks {
  readonly now: WallClock;
  readonly monotonicNow: MonotonicClock;
}

interface KeySetsOptions extends Clocks {
  /** Asks the control thread for the newest; it answers by an order, whether there is a newer one or not. */
  readonly wanted: (id: string) => void;
}

interface Taken {
  readonly keys: UsableKeys;
  readonly set: HeldKeySet;
}

/** A request does not wait longer for a key that may have come. */
const answerWithinMs = 2_000;

/** Of a set from the future nobody knows how old it is. */
const clockSkewMs = 60_000;

export function isYoung(
  { fetchedAtMs, agesFrom, maxAgeMs }: HeldKeySet,
  { now, monotonicNow }: Clocks,
): boolean {
  const ageMs = now() - fetchedAtMs;
  return ageMs >= -clockSkewMs && Math.max(ageMs, elapsedMs(agesFrom, monotonicNow())) < maxAgeMs;
}

export class KeySets {
  readonly #options: KeySetsOptions;
  readonly #taken = new Map<string, Taken>();
  readonly #waiting = new Map<string, PromiseWithResolvers<void>>();

  constructor(options: KeySetsOptions) {
    this.#options = options;
  }

  /** Null where there are none, or none that are young enough. */
  find(id: string): UsableKeys | null {
    const taken = this.#taken.get(id);
    return taken && isYoung(taken.set, this.#options) ? taken.keys : null;
  }

  /** Resolves when the control thread has answered, or has not in time. However many ask, it is asked once at a time. */
  renewed(id: string): Promise<void> {
    const present = this.#waiting.get(id);
    if (present) return present.promise;
    const waiting = Promise.withResolvers<void>();
    this.#waiting.set(id, waiting);
    const timer = setTimeout(() => this.#answered(id), answerWithinMs);
    this.#options.wanted(id);
    return waiting.promise.finally(() => clearTimeout(timer));
  }

  /** In force when it resolves. Null: there is none that is newer. */
  async take(id: string, set: HeldKeySet | null): Promise<void> {
    if (set) await this.#hold(set);
    this.#answered(id);
  }

  async #hold(set: HeldKeySet): Promise<void> {
    const present = this.#taken.get(set.id);
    // The same again, because somebody asked and there was nothing newer.
    if (present?.set.serial === set.serial) return void this.#taken.set(set.id, { ...present, set });
    const parsed = parseKeySet(set.text);
    if (!parsed.ok) return;
    // Nobody stops for what somebody else publishes: a key that is none is passed over.
    const imported = await Promise.allSettled(parsed.value.map(importKey));
    const keys = byName(imported.flatMap((key) => (key.status === "fulfilled" ? [key.value] : [])));
    this.#taken.set(set.id, { keys, set });
  }

  #answered(id: string): void {
    this.#waiting.get(id)?.resolve();
    this.#waiting.delete(id);
  }
}
