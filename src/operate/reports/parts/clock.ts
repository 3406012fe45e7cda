// Whoever opens it owns its state.
import { formatInstant } from "../../../base/index.ts";
import { type Citations, Sample } from "../citations.ts";
import type { EntryScope, PartMaker, ReportPart } from "../part.ts";
import type { Recorded } from "../recorded.ts";
import type { Row, Section } from "../report.ts";

const maxSilences = 10;

interface Silence {
  readonly lengthMs: number;
  readonly fromMs: number;
  readonly sample: Sample;
  /** The log was opened again after it. */
  readonly isRestart: boolean;
}

/** Time in the log: set-backs of the clock, and the longest times in which nothing was written. */
export function clockPart(article: string): PartMaker {
  return ({ citations }) => new ClockPart(article, citations);
}

class ClockPart implements ReportPart {
  readonly #article: string;
  readonly #citations: Citations;
  readonly #silences: Silence[] = [];
  readonly #latest = new Map<string, number>();
  #entryCount = 0;
  #setBackCount = 0;
  #setBackMs = 0;
  #openingCount = 0;

  constructor(article: string, citations: Citations) {
    this.#article = article;
    this.#citations = citations;
  }

  entry(recorded: Recorded, { isInPeriod }: EntryScope): void {
    const { entry, origin } = recorded;
    const beforeMs = this.#latest.get(origin);
    this.#latest.set(origin, Math.max(entry.ts, beforeMs ?? entry.ts));
    if (!isInPeriod) return;
    this.#entryCount++;
    if (entry.t === "opened") this.#openingCount++;
    if (beforeMs === undefined) return;
    if (entry.ts < beforeMs) {
      this.#setBackCount++;
      this.#setBackMs = Math.max(this.#setBackMs, beforeMs - entry.ts);
    }
    this.#noteSilence(recorded, beforeMs);
  }

  finish(): Section {
    return {
      id: "clock",
      title: "Time and gaps",
      article: this.#article,
      text:
        "Entries carry the cell's clock. The verifier accepts set-backs of at most two seconds within one opening of a log, and refuses more. A silence is no loss of " +
        "entries: indexes have no gaps, or the signed root would not come out. It shows when nothing was asked, or nothing ran.",
      facts: [
        { label: "entries in the period", value: this.#entryCount },
        { label: "set-backs of the clock", value: this.#setBackCount, isAlarming: this.#setBackCount > 0 },
        { label: "largest set-back (ms)", value: this.#setBackMs },
        { label: "openings of a log (starts of a cell)", value: this.#openingCount },
      ],
      chart: null,
      table: {
        columns: [
          { id: "from", title: "Silence from" },
          { id: "seconds", title: "Seconds" },
          { id: "ended_by", title: "Ended by" },
        ],
        rows: this.#silences.map((silence) => this.#rowOf(silence)),
        unlisted: { groups: 0, count: 0 },
      },
    };
  }

  #noteSilence(recorded: Recorded, fromMs: number): void {
    const lengthMs = recorded.entry.ts - fromMs;
    const least = this.#silences.at(-1)?.lengthMs ?? 0;
    if (lengthMs < 1000 || (this.#silences.length >= maxSilences && lengthMs <= least)) return;
    const sample = new Sample(1);
    sample.offer(this.#citations.candidate(recorded));
    this.#silences.push({ lengthMs, fromMs, sample, isRestart: recorded.entry.t === "opened" });
    this.#silences.sort((left, right) => right.lengthMs - left.lengthMs || left.fromMs - right.fromMs);
    if (this.#silences.length > maxSilences) this.#silences.pop();
  }

  #rowOf({ fromMs, lengthMs, isRestart, sample }: Silence): Row {
    return {
      cells: [
        formatInstant(fromMs),
        Math.round(lengthMs / 1000),
        isRestart ? "a start of the cell" : "the next entry",
      ],
      cited: this.#citations.cite(sample.records),
    };
  }
}
