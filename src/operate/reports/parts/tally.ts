// Requests in groups: how many, from when to when, and a few of each to look up. Whoever opens it owns its state.
import { compareText, formatInstant } from "../../../base/index.ts";
import { type Citations, citedPerRow, Sample } from "../citations.ts";
import type { Heading, PartMaker, ReportPart } from "../part.ts";
import type { Recorded, RecordedRequest } from "../recorded.ts";
import type { Cell, Chart, Column, Row, Section } from "../report.ts";

/** Groups beyond this are counted and not listed: a page for people, and a bound on memory. */
const maxListed = 500;
const maxGroups = 100_000;

export interface TallySpec extends Heading {
  /** What makes a group: titles of its columns. */
  readonly columns: readonly Column[];
  /** The groups that a request is in, each once; none if the table is not about it. */
  readonly groupsOf: (request: RecordedRequest) => readonly Group[];
  /** The title of a chart of the largest groups, labelled by their first column. */
  readonly chart?: string;
}

export interface Group {
  readonly cells: readonly Cell[];
  /** The entry that shows it; the decision unless it says otherwise. */
  readonly shownBy?: Recorded;
}

interface Tally {
  readonly cells: readonly Cell[];
  readonly sample: Sample;
  count: number;
  firstMs: number;
  lastMs: number;
}

export function tallyPart(spec: TallySpec): PartMaker {
  return ({ citations }) => new TallyPart(spec, citations);
}

class TallyPart implements ReportPart {
  readonly #spec: TallySpec;
  readonly #citations: Citations;
  readonly #groups = new Map<string, Tally>();
  #matchedCount = 0;
  #ungroupedCount = 0;

  constructor(spec: TallySpec, citations: Citations) {
    this.#spec = spec;
    this.#citations = citations;
  }

  request(request: RecordedRequest): void {
    const groups = this.#spec.groupsOf(request);
    if (groups.length > 0) this.#matchedCount++;
    for (const { cells, shownBy } of groups) {
      const tally = this.#tallyOf(cells);
      if (tally === null) {
        this.#ungroupedCount++;
        continue;
      }
      const { ts } = request.entry;
      tally.count++;
      tally.firstMs = Math.min(tally.firstMs, ts);
      tally.lastMs = Math.max(tally.lastMs, ts);
      tally.sample.offer(this.#citations.candidate(shownBy ?? request));
    }
  }

  finish(): Section {
    const { columns, groupsOf: _, chart: chartTitle, ...heading } = this.#spec;
    const tallies = Array.from(this.#groups.values()).toSorted(
      (left, right) => right.count - left.count || compareText(left.cells.join("\0"), right.cells.join("\0")),
    );
    const rest = tallies.slice(maxListed);
    const restCount = rest.reduce((sum, { count }) => sum + count, this.#ungroupedCount);
    return {
      ...heading,
      facts: [{ label: "requests counted here", value: this.#matchedCount }],
      chart: chartTitle === undefined ? null : chartOf(chartTitle, tallies),
      table: {
        columns: [...columns, ...counted],
        rows: tallies.slice(0, maxListed).map((tally) => this.#rowOf(tally)),
        unlisted: { groups: rest.length + (this.#ungroupedCount > 0 ? 1 : 0), count: restCount },
      },
    };
  }

  #tallyOf(cells: readonly Cell[]): Tally | null {
    const key = cells.join("\0");
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    if (this.#groups.size >= maxGroups) return null;
    const tally = { cells, sample: new Sample(citedPerRow), count: 0, firstMs: Infinity, lastMs: -Infinity };
    this.#groups.set(key, tally);
    return tally;
  }

  #rowOf({ cells, count, firstMs, lastMs, sample }: Tally): Row {
    const times = [formatInstant(firstMs), formatInstant(lastMs)];
    return { cells: [...cells, count, ...times], cited: this.#citations.cite(sample.records) };
  }
}

const counted: readonly Column[] = [
  { id: "count", title: "Requests" },
  { id: "first", title: "First" },
  { id: "last", title: "Last" },
];

const maxBars = 12;

/** Charts by the first column alone, whatever else makes a group; a single bar would say nothing. */
function chartOf(title: string, tallies: readonly Tally[]): Chart | null {
  const values = new Map<string, number>();
  for (const { cells, count } of tallies) {
    const label = String(cells[0] ?? "none");
    values.set(label, (values.get(label) ?? 0) + count);
  }
  const bars = Array.from(values, ([label, value]) => ({ label, value }))
    .toSorted((left, right) => right.value - left.value || compareText(left.label, right.label))
    .slice(0, maxBars);
  return bars.length < 2 ? null : { kind: "bars", title, bars };
}
