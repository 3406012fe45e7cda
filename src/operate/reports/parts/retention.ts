// Whoever opens it owns its state.
import { dayMs, formatInstant } from "../../../base/index.ts";
import { type Citations, Sample } from "../citations.ts";
import type { PartContext, PartMaker, ReportPart } from "../part.ts";
import type { Recorded } from "../recorded.ts";
import type { Fact, Section } from "../report.ts";

export interface RetentionSpec {
  readonly article: string;
  /** How long entries have to be there, and in whose words. */
  readonly days: number;
  readonly period: string;
}

interface Copy {
  readonly origin: string;
  readonly size: number;
  readonly until: number;
  readonly objects: number;
  readonly sample: Sample;
}

/** How far back entries go, what was deleted because its time was over, and what lies under a lock. */
export function retentionPart(spec: RetentionSpec): PartMaker {
  return (context) => new RetentionPart(spec, context);
}

class RetentionPart implements ReportPart {
  readonly #spec: RetentionSpec;
  readonly #toMs: number;
  readonly #citations: Citations;
  readonly #copies = new Map<string, Copy>();
  #earliest: Recorded | null = null;
  #deletedCount = 0;

  constructor(spec: RetentionSpec, { citations, toMs }: PartContext) {
    this.#spec = spec;
    this.#toMs = toMs;
    this.#citations = citations;
  }

  entry(recorded: Recorded): void {
    const { entry } = recorded;
    if (this.#earliest === null || entry.ts < this.#earliest.entry.ts) this.#earliest = recorded;
    if (entry.t === "retention") this.#deletedCount++;
    if (entry.t !== "worm") return;
    const known = this.#copies.get(entry.log.origin);
    if (known !== undefined && known.size > entry.log.size) return;
    const sample = new Sample(1);
    sample.offer(this.#citations.candidate(recorded));
    const { origin, size } = entry.log;
    this.#copies.set(origin, { origin, size, until: entry.until, objects: entry.objects, sample });
  }

  finish(): Section {
    return {
      id: "retention",
      title: "What is kept, and since when",
      article: this.#spec.article,
      text:
        "The earliest entry that is still there; a log that begins with its cell's first opening has lost nothing before it. Locked copies are what the log says of " +
        "itself: whether an object store keeps its promise is checked at that store.",
      facts: [
        ...this.#earliestFacts(),
        { label: "months deleted when their time was over", value: this.#deletedCount },
      ],
      chart: null,
      table: {
        columns: [
          { id: "log", title: "Copied under a lock" },
          { id: "entries", title: "Entries up to" },
          { id: "objects", title: "Objects" },
          { id: "until", title: "Locked until, at least" },
        ],
        rows: Array.from(this.#copies.values(), ({ origin, size, objects, until, sample }) => ({
          cells: [origin, size, objects, formatInstant(until)],
          cited: this.#citations.cite(sample.records),
        })),
        unlisted: { groups: 0, count: 0 },
      },
    };
  }

  #earliestFacts(): Fact[] {
    const { days, period } = this.#spec;
    if (this.#earliest === null) return [{ label: "earliest entry kept", value: null, isAlarming: true }];
    const { entry } = this.#earliest;
    const keptDays = Math.floor((this.#toMs - entry.ts) / dayMs);
    const isBeginning = entry.t === "opened" && entry.previous === null;
    const verdict = keptDays >= days ? "yes" : isBeginning ? "all since the first entry of the cell" : "no";
    return [
      { label: "earliest entry kept", value: formatInstant(entry.ts) },
      { label: "days from there to the end of the period", value: keptDays },
      { label: `${period} (${days} days) kept`, value: verdict, isAlarming: verdict === "no" },
    ];
  }
}
