// Who waits for room at endpoints that have none: by priority and by when they came, as many as are let in, and nobody whose
// time would be over before his turn.
import type { MonotonicMs } from "../base/index.ts";
import { LineOrder, type Place, type Priority, turnOf } from "./line-order.ts";
import { LinePace } from "./line-pace.ts";

export interface Waiting<Key> {
  /** Those of which one is enough. */
  readonly keys: readonly Key[];
  /** Who must not fill the line alone. */
  readonly caller: string;
  readonly priority: Priority;
  /** Until it is of no use any more. */
  readonly leftMs: number;
  /** One of the two is called, once, unless it leaves before. */
  readonly grant: (key: Key) => void;
  /** Its place went to one of higher priority. `waitMs`: how long it would probably still have waited. */
  readonly giveWay: (waitMs: number) => void;
}

export type Entrance =
  | { readonly kind: "waits"; readonly leave: () => void }
  /** `waitMs`: how long it would probably have waited. */
  | { readonly kind: "refused"; readonly waitMs: number };

type Waiter<Key> = Waiting<Key> & Place;

interface Line<Key> {
  readonly order: LineOrder<Waiter<Key>>;
  readonly pace: LinePace;
}

/** Where nobody has been let go yet, nobody knows. */
const unknownWaitMs = 1_000;

/** INVARIANT: whoever is in the line is in the line of each of his keys, and is granted, gives way or leaves, once. */
export class WaitingLine<Key> {
  readonly #most: number;
  readonly #all = new LineOrder<Waiter<Key>>();
  readonly #lines = new Map<Key, Line<Key>>();
  readonly #callers = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#all.size;
  }

  enter(waiting: Waiting<Key>, nowMs: MonotonicMs): Entrance {
    const waiter = { ...waiting, turnMs: turnOf(waiting.priority, nowMs) };
    const waitMs = this.#expectedMs(waiter);
    if (waitMs > waiter.leftMs || !this.#hasPlace(waiter, nowMs))
      return { kind: "refused", waitMs: waitMs || unknownWaitMs };
    this.#all.add(waiter);
    this.#callers.set(waiter.caller, this.#countOf(waiter.caller) + 1);
    for (const key of waiter.keys) {
      const line = this.#lines.get(key) ?? { order: new LineOrder(), pace: new LinePace() };
      line.order.add(waiter);
      this.#lines.set(key, line);
    }
    return { kind: "waits", leave: () => this.#remove(waiter) };
  }

  /** Gives room at `key` to whoever is first there; false where nobody waits. */
  grantNext(key: Key, nowMs: MonotonicMs): boolean {
    const line = this.#lines.get(key);
    const first = line?.order.first();
    if (!line || !first) return false;
    line.pace.letGo(nowMs);
    this.#remove(first);
    first.grant(key);
    return true;
  }

  /** Where the line is full, somebody who would be served later may have to give way. */
  #hasPlace(waiter: Waiter<Key>, nowMs: MonotonicMs): boolean {
    if (this.#countOf(waiter.caller) >= Math.ceil(this.#most / 2)) return false;
    if (this.size < this.#most) return true;
    const last = this.#all.lastBehind(waiter);
    if (!last) return false;
    this.#remove(last);
    last.giveWay(this.#expectedMs({ ...last, turnMs: turnOf(last.priority, nowMs) }) || unknownWaitMs);
    return true;
  }

  /** Of one who came now; 0 where nobody knows. */
  #expectedMs(waiter: Waiter<Key>): number {
    const waits = waiter.keys.map((key) => {
      const line = this.#lines.get(key);
      return line ? (line.order.countBefore(waiter) + 1) * line.pace.intervalMs : 0;
    });
    return Math.min(...waits);
  }

  #countOf(caller: string): number {
    return this.#callers.get(caller) ?? 0;
  }

  /** With the last of a line its pace is forgotten: the next line may be of another time. */
  #remove(waiter: Waiter<Key>): void {
    if (!this.#all.has(waiter)) return;
    this.#all.delete(waiter);
    const others = this.#countOf(waiter.caller) - 1;
    if (others > 0) this.#callers.set(waiter.caller, others);
    else this.#callers.delete(waiter.caller);
    for (const key of waiter.keys) {
      const line = this.#lines.get(key);
      line?.order.delete(waiter);
      if (line?.order.size === 0) this.#lines.delete(key);
    }
  }
}
