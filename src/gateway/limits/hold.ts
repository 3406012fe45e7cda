import type { EndpointId } from "../../base/index.ts";
import type { Price } from "../../config/index.ts";
import type { Reserved } from "./limiter.ts";
import { costOf, mostCostOf, type Told, type TokenBound, usagesOf } from "./usage.ts";

interface HoldParts {
  readonly reserved: Reserved;
  /** The same once more, for an attempt beside another one; null where there is no room for it. */
  readonly reserveAgain: () => Reserved | null;
  /** Of one attempt. */
  readonly bound: TokenBound;
  /** Null where money does not count. */
  readonly priceAt: (endpoint: EndpointId) => Price | null;
  /** Nobody knows what an attempt there used. */
  readonly onUnknown: (endpoint: EndpointId) => void;
}

/**
 * What one decision has reserved of its caller's limits. INVARIANT: it is settled at the exchange's end at the latest,
 * which every exit passes. Owner: the request.
 */
export class Hold {
  readonly #parts: HoldParts;
  /** Null: nothing was recorded, so nothing was sent. */
  #tell: (() => Told) | null = null;
  /** For an attempt beside another one. */
  #second: Reserved | null = null;
  #isSettled = false;

  constructor(parts: HoldParts) {
    this.#parts = parts;
  }

  /** It is for a decision of which `tell` says at any time how it stands. */
  covers(tell: () => Told): void {
    this.#tell = tell;
  }

  /** Whether two attempts at once are covered. */
  coversTwo(): boolean {
    if (this.#isSettled) return false;
    this.#second ??= this.#parts.reserveAgain();
    return this.#second !== null;
  }

  /** Each attempt at what it used, or at its bound where nobody knows; a second call changes nothing. */
  settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    const { reserved, bound, priceAt, onUnknown } = this.#parts;
    let tokens = 0;
    let cost = 0n;
    for (const usage of this.#tell === null ? [] : usagesOf(this.#tell())) {
      const known = usage.tokens ?? bound;
      const price = priceAt(usage.endpoint);
      tokens += known.input + known.output;
      if (price !== null) cost += usage.tokens ? costOf(usage.tokens, price) : mostCostOf(bound, price);
      if (usage.tokens === null) onUnknown(usage.endpoint);
    }
    reserved.settle({ tokens, cost });
    this.#second?.settle({ tokens: 0, cost: 0n });
  }
}
