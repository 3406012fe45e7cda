// Whether the wall clock may be believed: a pure judgement of what it says beside all else that is known of the time.
import type { InstantMs } from "../../base/index.ts";

/** What the time is by others, each as of now. */
export interface TimeEvidence {
  /** The last reading that was believed, carried on by a clock that never steps; null while none has been. */
  readonly expectedMs: InstantMs | null;
  /** The newest date in log and cosignatures as they were opened, carried on alike; null where there is none. */
  readonly recordedMs: InstantMs | null;
  /** The date in each witness's last cosignature, carried on alike. */
  readonly witnessedMs: readonly InstantMs[];
}

export type ReadingKind = "agreed" | "ahead" | "behind";

export interface ClockReading {
  readonly kind: ReadingKind;
  /** How far, in whole milliseconds; 0 while it is `agreed`. */
  readonly byMs: number;
  /** More than half of the witnesses say the same as the wall clock. */
  readonly isWitnessed: boolean;
}

/** A leap second that is stepped, and what time daemons step at a time; slewing and smearing never come near it. */
export const stepToleranceMs = 10_000;
/** A witness dates in whole seconds, its answer takes time, and its clock has faults of its own. */
const witnessToleranceMs = 5 * 60_000;
/** How long a cell may have been down, at most, for its clock to be believed without a witness. */
const downtimeMs = 60 * 60_000;

export function judgeClock(wallMs: InstantMs, evidence: TimeEvidence): ClockReading {
  const { expectedMs, recordedMs } = evidence;
  const disputeMs = differenceFromMajority(wallMs, evidence.witnessedMs);
  const isWitnessed = disputeMs !== null && Math.abs(disputeMs) <= witnessToleranceMs;
  if (disputeMs !== null && !isWitnessed) return readingOf(disputeMs, { isWitnessed });
  if (expectedMs !== null) return readingOf(wallMs - expectedMs, { isWitnessed });
  if (recordedMs === null || isWitnessed) return readingOf(0, { isWitnessed });
  return readingOf(wallMs - recordedMs, { isWitnessed, aheadToleranceMs: downtimeMs });
}

/** That of the nearest ones that are more than half; null without witnesses. A minority moves it nowhere. */
function differenceFromMajority(wallMs: InstantMs, witnessedMs: readonly InstantMs[]): number | null {
  const nearestFirst = witnessedMs
    .map((witnessed) => wallMs - witnessed)
    .toSorted((one, other) => Math.abs(one) - Math.abs(other));
  return nearestFirst[Math.floor(nearestFirst.length / 2)] ?? null;
}

function readingOf(
  differenceMs: number,
  {
    isWitnessed,
    aheadToleranceMs = stepToleranceMs,
  }: { readonly isWitnessed: boolean; readonly aheadToleranceMs?: number },
): ClockReading {
  const byMs = Math.round(Math.abs(differenceMs));
  if (differenceMs > aheadToleranceMs) return { kind: "ahead", byMs, isWitnessed };
  if (differenceMs < -stepToleranceMs) return { kind: "behind", byMs, isWitnessed };
  return { kind: "agreed", byMs: 0, isWitnessed };
}
