// Whoever opens it owns its state.
import { citedPerRow, Sample, type Citations } from "../citations.ts";
import type { PartMaker, ReportPart } from "../part.ts";
import type { RecordedRequest } from "../recorded.ts";
import type { Section } from "../report.ts";

const meanings: Readonly<Record<string, string>> = {
  complete: "the whole answer was given",
  refused: "a provider refused the request as it was written",
  failed: "no answer began",
  interrupted: "an answer began and broke off",
  aborted: "the caller left",
  unknown: "the process ended between decision and outcome; nobody can say whether the request ran",
  "under way": "no outcome yet when the log was read",
};

/** Whether everything that was permitted is accounted for. */
export function coveragePart(article: string): PartMaker {
  return ({ citations }) => new CoveragePart(article, citations);
}

class CoveragePart implements ReportPart {
  readonly #article: string;
  readonly #citations: Citations;
  readonly #results = new Map<string, { count: number; sample: Sample }>();

  constructor(article: string, citations: Citations) {
    this.#article = article;
    this.#citations = citations;
  }

  request({ entry, outcome, origin, index }: RecordedRequest): void {
    if (entry.verdict !== "permit") return;
    const result = outcome?.entry.result ?? "under way";
    const found = this.#results.get(result) ?? { count: 0, sample: new Sample(citedPerRow) };
    found.count++;
    found.sample.offer(this.#citations.candidate(outcome ?? { entry, origin, index }));
    this.#results.set(result, found);
  }

  finish(): Section {
    const count = (result: string): number => this.#results.get(result)?.count ?? 0;
    const permits = Array.from(this.#results.values()).reduce((sum, each) => sum + each.count, 0);
    return {
      id: "coverage",
      title: "Every permit has its outcome",
      article: this.#article,
      text:
        "A permit is on disk before anything leaves the cell, and its outcome before the answer ends. The verifier refuses a log in which a permit has two " +
        "outcomes, or none after the log was opened again; so permits and outcomes add up, or the log is in use and some are under way.",
      facts: [
        { label: "permits", value: permits },
        { label: "with an outcome", value: permits - count("under way") },
        { label: "under way", value: count("under way") },
        { label: "outcome unknown", value: count("unknown"), isAlarming: count("unknown") > 0 },
      ],
      chart: null,
      table: {
        columns: [
          { id: "result", title: "Result" },
          { id: "meaning", title: "What it means" },
          { id: "count", title: "Permits" },
        ],
        rows: Object.keys(meanings)
          .filter((result) => count(result) > 0)
          .map((result) => ({
            cells: [result, meanings[result] ?? "", count(result)],
            cited: this.#citations.cite(this.#results.get(result)?.sample.records ?? []),
          })),
        unlisted: { groups: 0, count: 0 },
      },
    };
  }
}
