import { formatInstant } from "../../../base/index.ts";
import { type Citations, citedRecord, Sample } from "../citations.ts";
import type { PartMaker, ReportPart } from "../part.ts";
import type { RecordedRequest } from "../recorded.ts";
import type { Row, Section } from "../report.ts";

const sampleSize = 25;

/** An auditor's sample: drawn from all requests of the period by the seed, decision and outcome proven. */
export function samplePart(article: string): PartMaker {
  return ({ citations }) => new SamplePart(article, citations);
}

class SamplePart implements ReportPart {
  readonly #article: string;
  readonly #citations: Citations;
  readonly #sample = new Sample(sampleSize);
  /** Of the records in the sample; what has left it is dropped now and then. */
  #requests = new Map<string, RecordedRequest>();
  #count = 0;

  constructor(article: string, citations: Citations) {
    this.#article = article;
    this.#citations = citations;
  }

  request(request: RecordedRequest): void {
    this.#count++;
    this.#sample.offer(this.#citations.candidate(request));
    this.#requests.set(`${request.origin}#${request.index}`, request);
    if (this.#requests.size >= 40 * sampleSize) this.#requests = this.#kept();
  }

  finish(): Section {
    return {
      id: "sample",
      title: "A sample of the population",
      article: this.#article,
      text: "Drawn by the seed out of every request of the period. For each, the decision and the outcome are proven.",
      facts: [
        { label: "population", value: this.#count },
        { label: "sample", value: Math.min(this.#count, sampleSize) },
      ],
      chart: null,
      table: {
        columns: ["Time", "Verdict", "Error", "Endpoint", "Evidenced in", "Evidence", "Result"].map(
          (title) => ({
            id: title.toLowerCase().replace(" ", "_"),
            title,
          }),
        ),
        rows: Array.from(this.#kept().values(), (request) => this.#rowOf(request)),
        unlisted: { groups: 0, count: 0 },
      },
    };
  }

  #kept(): Map<string, RecordedRequest> {
    return new Map(
      this.#sample.records.flatMap(({ origin, index }) => {
        const request = this.#requests.get(`${origin}#${index}`);
        return request === undefined ? [] : [[`${origin}#${index}`, request] as const];
      }),
    );
  }

  #rowOf({ entry, origin, index, outcome }: RecordedRequest): Row {
    const executed = outcome?.entry.executed ?? null;
    const proven = [{ entry, origin, index }, ...(outcome === null ? [] : [outcome])];
    return {
      cells: [
        formatInstant(entry.ts),
        entry.verdict,
        entry.error ?? outcome?.entry.error ?? null,
        executed?.endpoint ?? null,
        executed?.evidenced.join(" ") ?? null,
        executed?.evidence ?? null,
        outcome?.entry.result ?? null,
      ],
      cited: this.#citations.cite(proven.map(citedRecord)),
    };
  }
}
