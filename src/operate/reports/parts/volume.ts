// Whoever opens it owns its state.
import { formatInstant } from "../../../base/index.ts";
import type { PartMaker, ReportPart } from "../part.ts";
import type { RecordedRequest } from "../recorded.ts";
import type { Section } from "../report.ts";

const verdicts = ["permit", "refuse", "redirect"] as const;

/** How many requests there were, and what became of them, by day. */
export function volumePart(article: string): PartMaker {
  return () => new VolumePart(article);
}

class VolumePart implements ReportPart {
  readonly #article: string;
  readonly #days = new Map<string, number[]>();

  constructor(article: string) {
    this.#article = article;
  }

  request({ entry }: RecordedRequest): void {
    const day = formatInstant(entry.ts).slice(0, 10);
    const values = this.#days.get(day) ?? verdicts.map(() => 0);
    const at = verdicts.indexOf(entry.verdict);
    values[at] = (values[at] ?? 0) + 1;
    this.#days.set(day, values);
  }

  finish(): Section {
    const days = Array.from(this.#days, ([day, values]) => ({ day, values })).toSorted((left, right) =>
      left.day < right.day ? -1 : 1,
    );
    const totals = verdicts.map((_, at) => days.reduce((sum, { values }) => sum + (values[at] ?? 0), 0));
    const [permits = 0, refusals = 0, redirects = 0] = totals;
    return {
      id: "volume",
      title: "Requests in the period",
      article: this.#article,
      text: "Every request that reached a decision, refused ones too. A redirect was sent to another cell, and its body was not read.",
      facts: [
        { label: "requests", value: permits + refusals + redirects },
        { label: "permitted", value: permits },
        { label: "refused", value: refusals },
        { label: "redirected", value: redirects },
      ],
      chart:
        days.length === 0
          ? null
          : {
              kind: "days",
              title: "Requests by day (UTC)",
              days,
              series: ["permitted", "refused", "redirected"],
            },
      table: null,
    };
  }
}
