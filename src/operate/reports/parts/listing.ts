// Entries that are few and matter one by one: listed, counted, and each of them cited.
// Whoever opens it owns its state.
import { formatInstant } from "../../../base/index.ts";
import type { Entry } from "../../../ledger/index.ts";
import { type Citations, Sample } from "../citations.ts";
import type { EntryScope, Heading, PartMaker, ReportPart } from "../part.ts";
import type { Recorded, RecordedRequest } from "../recorded.ts";
import type { Cell, Column, Row, Section } from "../report.ts";

const maxListed = 200;

export interface ListingSpec extends Heading {
  readonly columns: readonly Column[];
  /** Its cells, or null where the listing is not about the entry. */
  readonly cellsOf: (entry: Entry) => readonly Cell[] | null;
  /** What one such entry is called in the count. */
  readonly counts: string;
  /** One is already too many. */
  readonly isAlarming?: boolean;
}

export function listingPart(spec: ListingSpec): PartMaker {
  return ({ citations }) => new ListingPart(spec, citations);
}

class ListingPart implements ReportPart {
  readonly #spec: ListingSpec;
  readonly #citations: Citations;
  readonly #rows: { readonly cells: readonly Cell[]; readonly sample: Sample }[] = [];
  #count = 0;

  constructor(spec: ListingSpec, citations: Citations) {
    this.#spec = spec;
    this.#citations = citations;
  }

  entry(recorded: Recorded, { isInPeriod, isOfTenant }: EntryScope): void {
    if (isInPeriod && isOfTenant && recorded.entry.t !== "violation") this.#add(recorded);
  }

  /** Violations come with their request, which says whose they are. */
  request({ violations }: RecordedRequest): void {
    for (const violation of violations) this.#add(violation);
  }

  #add(recorded: Recorded): void {
    const cells = this.#spec.cellsOf(recorded.entry);
    if (cells === null) return;
    this.#count++;
    if (this.#rows.length >= maxListed) return;
    const sample = new Sample(1);
    sample.offer(this.#citations.candidate(recorded));
    const { ts, cell } = recorded.entry;
    this.#rows.push({ cells: [formatInstant(ts), cell, ...cells], sample });
  }

  finish(): Section {
    const { columns, cellsOf: _, counts, isAlarming, ...heading } = this.#spec;
    const rows: Row[] = this.#rows.map(({ cells, sample }) => ({
      cells,
      cited: this.#citations.cite(sample.records),
    }));
    const unlisted = this.#count - rows.length;
    return {
      ...heading,
      facts: [{ label: counts, value: this.#count, isAlarming: isAlarming === true && this.#count > 0 }],
      chart: null,
      table: {
        columns: [{ id: "time", title: "Time" }, { id: "cell", title: "Cell" }, ...columns],
        rows,
        unlisted: { groups: unlisted, count: unlisted },
      },
    };
  }
}
