// The time since boot, which is read from a file, between two readings of it. Whoever makes the clock owns its state.
import {
  elapsedMs,
  type InstantMs,
  later,
  type MonotonicClock,
  type MonotonicMs,
  type WallClock,
} from "../../base/index.ts";

/** For how long one reading is carried on: as long as the ledger thread lets pass by itself without a look at the clocks. */
export const carriedForMs = 1_000;
/** Where the other two clocks are further apart than this, the machine slept, or the wall clock was set. */
const apartMs = 50;

interface Clocks {
  readonly steadyNow: MonotonicClock;
  readonly monotonicNow: MonotonicClock;
  readonly now: WallClock;
}

interface Reading {
  readonly steadyMs: MonotonicMs;
  readonly monotonicMs: MonotonicMs;
  readonly wallMs: InstantMs;
}

/**
 * A reading of the steady clock costs as much as a small batch of entries and its hashes. In between, the monotonic clock carries it
 * on, but that does not count the time asleep: so only while the wall clock has come just as far since. A wall clock that is set is
 * therefore always held against a reading of its own.
 */
export function carriedClock(clocks: Clocks): MonotonicClock {
  let reading = read(clocks);
  let latest = reading.steadyMs;
  return () => {
    const passedMs = elapsedMs(reading.monotonicMs, clocks.monotonicNow());
    const wallPassedMs = clocks.now() - reading.wallMs;
    const isCarried = passedMs < carriedForMs && Math.abs(wallPassedMs - passedMs) <= apartMs;
    if (!isCarried) reading = read(clocks);
    const present = isCarried ? later(reading.steadyMs, passedMs) : reading.steadyMs;
    // The file tells hundredths of a second, so a reading may be a little behind what the one before was carried to.
    if (present > latest) latest = present;
    return latest;
  };
}

function read({ steadyNow, monotonicNow, now }: Clocks): Reading {
  return { steadyMs: steadyNow(), monotonicMs: monotonicNow(), wallMs: now() };
}
