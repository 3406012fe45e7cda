// Whoever opens it owns its state.
import type { InstantMs } from "../../base/index.ts";
import type { Validity } from "./regime.ts";

/**
 * The instant at which the law is read. Every question about time is asked of it, so it knows the next instant at
 * which any answer it gave will be a different one.
 *
 * INVARIANT: at every instant from `nowMs` until just before `nextChangeMs`, the same questions get the same answers.
 * A decision that asks only here is therefore the same throughout.
 */
export class Moment {
  readonly nowMs: InstantMs;
  #nextChangeMs = Number.POSITIVE_INFINITY;

  constructor(nowMs: InstantMs) {
    if (!Number.isFinite(nowMs)) throw new RangeError(`\`${nowMs}\` is not an instant`);
    this.nowMs = nowMs;
  }

  isInForce({ fromMs, untilMs }: Validity): boolean {
    return this.hasBegun({ fromMs, untilMs }) && (untilMs === null || !this.#hasCome(untilMs));
  }

  hasBegun({ fromMs }: Validity): boolean {
    return fromMs === null || this.#hasCome(fromMs);
  }

  hasEnded({ untilMs }: Validity): boolean {
    return untilMs !== null && this.#hasCome(untilMs);
  }

  /** Null when no answer so far will ever change. */
  get nextChangeMs(): InstantMs | null {
    return this.#nextChangeMs === Number.POSITIVE_INFINITY ? null : this.#nextChangeMs;
  }

  #hasCome(instantMs: InstantMs): boolean {
    // NaN would compare as "never": a forbid that never begins. It is an error instead, hence a refusal.
    if (!Number.isFinite(instantMs)) throw new RangeError(`\`${instantMs}\` is not an instant`);
    if (instantMs <= this.nowMs) return true;
    this.#nextChangeMs = Math.min(this.#nextChangeMs, instantMs);
    return false;
  }
}
