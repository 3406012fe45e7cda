// Whoever opens it owns its state.
import { formatInstant } from "../../../base/index.ts";
import { type Citations, citedRecord, Sample } from "../citations.ts";
import type { PartMaker, ReportPart } from "../part.ts";
import { recipientsOf, type RecordedRequest } from "../recorded.ts";
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
        columns: ["Time", "Verdict", "Error", "Sent to", "Evidenced in", "Evidence", "Result"].map(
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

  #rowOf(request: RecordedRequest): Row {
    const { entry, origin, index, outcome } = request;
    const recipients = recipientsOf(request);
    const proven = [{ entry, origin, index }, ...(outcome === null ? [] : [outcome])];
    return {
      cells: [
        formatInstant(entry.ts),
        entry.verdict,
        entry.error ?? outcome?.entry.error ?? null,
        distinct(recipients.map(({ endpoint }) => endpoint)),
        distinct(recipients.flatMap(({ evidenced }) => evidenced)),
        distinct(recipients.flatMap(({ evidence }) => evidence ?? [])),
        outcome?.entry.result ?? null,
      ],
      cited: this.#citations.cite(proven.map(citedRecord)),
    };
  }
}

function distinct(words: readonly string[]): string | null {
  return words.length === 0 ? null : Array.from(new Set(words)).join(" ");
}
