// Who waits for room at endpoints that have none: in the order in which they came, as many as are let in, and nobody
// whose time would be over before his turn.
import { elapsedMs, type MonotonicMs } from "../base/index.ts";

export interface Waiting<Key> {
  /** Those of which one is enough. */
  readonly keys: readonly Key[];
  /** Who must not fill the line alone. */
  readonly caller: string;
  /** Until it is of no use any more. */
  readonly leftMs: number;
  /** Called once, unless it leaves before. */
  readonly grant: (key: Key) => void;
}

export type Entrance =
  | { readonly kind: "waits"; readonly leave: () => void }
  /** `waitMs`: how long it would probably have waited. */
  | { readonly kind: "refused"; readonly waitMs: number };

interface Rate {
  /** Smoothed, between two that were let go; null before the second one. */
  intervalMs: number | null;
  newestAtMs: MonotonicMs;
}

const smoothing = 0.2;
/** Where nobody has been let go yet, nobody knows. */
const unknownWaitMs = 1_000;

/** INVARIANT: whoever is in the line is in the line of each of his keys, and is granted or leaves, once. */
export class WaitingLine<Key> {
  readonly #most: number;
  readonly #lines = new Map<Key, Set<Waiting<Key>>>();
  readonly #callers = new Map<string, number>();
  readonly #rates = new Map<Key, Rate>();
  #size = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#size;
  }

  enter(waiting: Waiting<Key>): Entrance {
    const waitMs = Math.min(...waiting.keys.map((key) => this.#expectedMs(key)));
    const own = this.#callers.get(waiting.caller) ?? 0;
    const isFull = this.#size >= this.#most || own >= Math.ceil(this.#most / 2);
    if (isFull || waitMs > waiting.leftMs) return { kind: "refused", waitMs: waitMs || unknownWaitMs };
    this.#size++;
    this.#callers.set(waiting.caller, own + 1);
    for (const key of waiting.keys) {
      const line = this.#lines.get(key) ?? new Set();
      this.#lines.set(key, line.add(waiting));
    }
    return { kind: "waits", leave: () => this.#remove(waiting) };
  }

  /** Gives room at `key` to whoever has waited for it longest; false where nobody waits. */
  grantNext(key: Key, nowMs: MonotonicMs): boolean {
    const [first] = this.#lines.get(key) ?? [];
    if (first === undefined) return false;
    this.#measure(key, nowMs);
    this.#remove(first);
    first.grant(key);
    return true;
  }

  /** 0 where nobody knows. */
  #expectedMs(key: Key): number {
    const intervalMs = this.#rates.get(key)?.intervalMs ?? 0;
    return ((this.#lines.get(key)?.size ?? 0) + 1) * intervalMs;
  }

  #measure(key: Key, nowMs: MonotonicMs): void {
    const rate = this.#rates.get(key);
    if (!rate) {
      this.#rates.set(key, { intervalMs: null, newestAtMs: nowMs });
      return;
    }
    const newestMs = elapsedMs(rate.newestAtMs, nowMs);
    const beforeMs = rate.intervalMs ?? newestMs;
    rate.intervalMs = beforeMs + (newestMs - beforeMs) * smoothing;
    rate.newestAtMs = nowMs;
  }

  /** With the last of a line its rate is forgotten: the next line may be of another time. */
  #remove(waiting: Waiting<Key>): void {
    if (!this.#lines.get(waiting.keys[0] as Key)?.has(waiting)) return;
    this.#size--;
    const others = (this.#callers.get(waiting.caller) ?? 1) - 1;
    if (others > 0) this.#callers.set(waiting.caller, others);
    else this.#callers.delete(waiting.caller);
    for (const key of waiting.keys) {
      const line = this.#lines.get(key);
      line?.delete(waiting);
      if (line?.size !== 0) continue;
      this.#lines.delete(key);
      this.#rates.delete(key);
    }
  }
}
