// Two clocks, as two types: neither can be given for the other, so a wall clock that is set cannot disturb a duration.

/** Milliseconds since 1970-01-01T00:00:00Z: only dates. A plain number is one, for dates come out of files and arithmetic. */
export type InstantMs = number & { readonly __clock?: "wall" };

/** Milliseconds of a clock that never steps, from an arbitrary beginning: only measures. Made by such a clock or by {@link later}. */
export type MonotonicMs = number & { readonly __clock: "monotonic" };

/**
 * An instant that is past by every clock that could be asked, while they agreed: only such a one may end what cannot be
 * made again. INVARIANT: {@link settled} is called where the clocks are compared, and for dates that the log acted on.
 */
export type SettledMs = InstantMs & { readonly __settled: true };

export type WallClock = () => InstantMs;
export type MonotonicClock = () => MonotonicMs;

export function settled(instantMs: InstantMs): SettledMs {
  return instantMs as SettledMs;
}

export function later(from: MonotonicMs, byMs: number): MonotonicMs {
  return (from + byMs) as MonotonicMs;
}

export function elapsedMs(from: MonotonicMs, to: MonotonicMs): number {
  return to - from;
}
