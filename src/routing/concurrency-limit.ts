// How many requests of one model an endpoint is given at once, found by what it shows. Nobody tells an engine's capacity;
// what tells of it are its refusals for want of room (additive increase, multiplicative decrease, as in TCP: RFC 5681).
// There is no limit until it shows one. Late first tokens are no sign: prompts may be longer than those before, or we slower.
import type { MonotonicMs } from "../base/index.ts";
import { TwoNewest } from "./two-newest.ts";

/** So few at once are no load: who refuses those has another reason, such as a quota. */
const leastLimit = 4;
/** Beyond, a limit is none. */
const mostLimit = 4_096;
/** What is judged together: about as many as are under way at once. */
const leastWindow = 4;
const mostWindow = 64;
/** Of the judged: fewer refusals may be of some large requests. */
const overloadShare = 0.1;
const decrease = 0.8;
/** INVARIANT: the limit is never below {@link leastLimit}, so that whoever waits for room waits for somebody's end. */
export class ConcurrencyLimit {
  #most = Number.POSITIVE_INFINITY;
  readonly #callers = new TwoNewest();
  readonly #refused = new TwoNewest();
  #inFlight = 0;
  /** Counts the times that it fell: what began before the newest one says nothing of the limit since. */
  #round = 0;
  #window = newWindow(0);

  /** Infinite while there is none. */
  get most(): number {
    return this.#most;
  }

  /** Beside those under way, and so many that are promised. */
  hasRoom(promised: number): boolean {
    return this.#inFlight + promised < this.#most;
  }

  /** A request of `caller` begins. The number is its round. */
  begin(caller: string, nowMs: MonotonicMs): number {
    this.#callers.note(caller, nowMs);
    this.#inFlight++;
    this.#window.peak = Math.max(this.#window.peak, this.#inFlight);
    return this.#round;
  }

  end(): void {
    this.#inFlight--;
  }

  answered(round: number, nowMs: MonotonicMs): void {
    if (round === this.#round) this.#judged(nowMs);
  }

  /** It refused a request of `caller` for want of room, or did not begin in time. */
  overloaded(round: number, caller: string, nowMs: MonotonicMs): void {
    if (round !== this.#round) return;
    this.#window.overloads++;
    this.#refused.note(caller, nowMs);
    this.#judged(nowMs);
  }

  #judged(nowMs: MonotonicMs): void {
    const window = this.#window;
    window.judged++;
    if (window.judged < Math.min(Math.max(window.peak, leastWindow), mostWindow)) return;
    const most = this.#limitAfter(window, nowMs);
    if (most < this.#most) this.#round++;
    this.#most = most;
    this.#window = newWindow(this.#inFlight);
  }

  #limitAfter(window: Window, nowMs: MonotonicMs): number {
    const { overloads, judged, peak } = window;
    const used = Math.min(this.#most, peak);
    if (overloads / judged >= overloadShare) {
      // One caller's requests may be refused for what they are. It lowers nothing for others while there are some.
      if (!this.#refused.areTwo(nowMs) && this.#callers.areTwo(nowMs)) return this.#most;
      return Math.min(this.#most, Math.max(leastLimit, Math.floor(used * decrease)));
    }
    // Only a limit that was used has shown that there is room.
    if (peak * 2 < this.#most) return this.#most;
    const grown = this.#most + Math.max(1, Math.floor(Math.sqrt(this.#most)));
    return grown > mostLimit ? Number.POSITIVE_INFINITY : grown;
  }
}

interface Window {
  judged: number;
  overloads: number;
  /** Most in flight. */
  peak: number;
}

function newWindow(peak: number): Window {
  return { judged: 0, overloads: 0, peak };
}
