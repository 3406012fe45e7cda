// The wall clock of one process, set while it runs. Durations stay the machine's own.
import { globSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatMonth } from "../../src/base/index.ts";

const [preload] = globSync("/usr/lib/*/faketime/libfaketimeMT.so.1");
/** A month that has begun is not gone back on, so it must not begin by our steps. */
const mostOffsetSeconds = 3 * 3_600;

export const clockNeeds =
  "they need faketime (apt-get install faketime), and three hours before a month's end";

export interface FakeClock {
  readonly environment: Readonly<Record<string, string>>;
  /** From what it says. */
  step(bySeconds: number): void;
  /** To the machine's own. */
  reset(): void;
}

/** Null where it cannot be. */
export function openFakeClock(directory: string): FakeClock | null {
  const now = Date.now();
  const isNearMonthEnd = formatMonth(now) !== formatMonth(now + 2 * mostOffsetSeconds * 1_000);
  if (preload === undefined || isNearMonthEnd) return null;
  const file = join(directory, "clock");
  let offset = 0;
  const set = (seconds: number): void => {
    offset = Math.min(Math.max(seconds, 0), mostOffsetSeconds);
    writeFileSync(file, `+${offset.toFixed(3)}\n`);
  };
  set(0);
  return {
    step: (bySeconds) => set(offset + bySeconds),
    reset: () => set(0),
    environment: {
      LD_PRELOAD: preload,
      FAKETIME_TIMESTAMP_FILE: file,
      // In seconds: a step is seen so late, and not every question about the time opens the file.
      FAKETIME_CACHE_DURATION: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      TZ: "UTC",
    },
  };
}
