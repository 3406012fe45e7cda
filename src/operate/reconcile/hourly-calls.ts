// Calls that a log holds and attempts that the ledger holds, by location and hour: where single ones cannot be told to be
// the same, their numbers can still differ. One count for each hour of a location, however many calls there were.
import { dayMs, type InstantMs } from "../../base/index.ts";

/** One hour of a location in which the log and the ledger cannot be about the same calls. */
export interface UnevenHour {
  readonly location: string;
  readonly startMs: InstantMs;
  /** Calls that the log holds. */
  readonly loggedCount: number;
  /** Attempts that may be among them. */
  readonly attemptCount: number;
  /** So many of its calls at least are no attempt's. */
  readonly surplusCount: number;
  /** Of so many attempts at least that were answered, the log says nothing. */
  readonly missingCount: number;
}

/** When an attempt took place, as far as the ledger says. */
export interface AttemptSpan {
  readonly location: string;
  readonly fromMs: InstantMs;
  readonly untilMs: InstantMs;
  /** Whether the provider served it for certain. */
  readonly isServed: boolean;
}

export const hourMs = 3_600_000;
/** Between the cell's clock and the provider's. */
const slackMs = 60_000;

interface Counts {
  logged: number;
  /** Attempts that may have begun in that hour, by both clocks. */
  possible: number;
  /** Attempts that were served, and were in that hour alone. */
  certain: number;
}

/** Owner: one run. */
export class HourlyCalls {
  /** By location, then by hour since the epoch. */
  readonly #counts = new Map<string, Map<number, Counts>>();
  #firstHour = Number.POSITIVE_INFINITY;
  #lastHour = Number.NEGATIVE_INFINITY;

  addCall(location: string, timeMs: InstantMs): void {
    const hour = hourOf(timeMs);
    this.#firstHour = Math.min(this.#firstHour, hour);
    this.#lastHour = Math.max(this.#lastHour, hour);
    this.#at(location, hour).logged++;
  }

  /** A provider logs a call when it comes, so it may be in each hour that the attempt lasted. */
  addAttempt({ location, fromMs, untilMs, isServed }: AttemptSpan): void {
    // None lasts for a day; an entry that says so makes no more than a day's counts.
    const first = hourOf(Math.max(fromMs, untilMs - dayMs) - slackMs);
    const last = hourOf(untilMs + slackMs);
    for (let hour = first; hour <= last; hour++) this.#at(location, hour).possible++;
    if (isServed && first === last) this.#at(location, first).certain++;
  }

  /** Number of calls by location. */
  loggedCounts(): ReadonlyMap<string, number> {
    const sums = Array.from(this.#counts, ([location, hours]) => {
      const logged = Array.from(hours.values(), (counts) => counts.logged);
      return [location, logged.reduce((sum, count) => sum + count, 0)] as const;
    });
    return new Map(sums.filter(([, count]) => count > 0));
  }

  /** Calls of hours that end after `untilMs`. */
  countAfter(untilMs: InstantMs): number {
    let count = 0;
    for (const hours of this.#counts.values())
      for (const [hour, { logged }] of hours) if (endOf(hour) > untilMs) count += logged;
    return count;
  }

  /** Of the hours that end by `untilMs`, by time. The first and the last one of the log are not whole, so nothing is missing there. */
  unevenHours(untilMs: InstantMs): readonly UnevenHour[] {
    const all = Array.from(this.#counts, ([location, hours]) =>
      Array.from(hours)
        .filter(([hour]) => endOf(hour) <= untilMs)
        .map(([hour, counts]) => this.#compare(location, hour, counts)),
    );
    return all
      .flat()
      .filter(({ surplusCount, missingCount }) => surplusCount + missingCount > 0)
      .toSorted((left, right) => left.startMs - right.startMs);
  }

  #compare(location: string, hour: number, { logged, possible, certain }: Counts): UnevenHour {
    const isWhole = hour > this.#firstHour && hour < this.#lastHour;
    return {
      location,
      startMs: hour * hourMs,
      loggedCount: logged,
      attemptCount: possible,
      surplusCount: Math.max(0, logged - possible),
      missingCount: isWhole ? Math.max(0, certain - logged) : 0,
    };
  }

  #at(location: string, hour: number): Counts {
    const hours = this.#counts.get(location) ?? new Map<number, Counts>();
    this.#counts.set(location, hours);
    const counts = hours.get(hour) ?? { logged: 0, possible: 0, certain: 0 };
    hours.set(hour, counts);
    return counts;
  }
}

function hourOf(timeMs: InstantMs): number {
  return Math.floor(timeMs / hourMs);
}

function endOf(hour: number): InstantMs {
  return (hour + 1) * hourMs;
}
