// What one log says of requests in another one: a correction, an answer that is given again, and a request that was decided
// again in the next month.
import type { RequestId } from "../../base/index.ts";
import type { Entry } from "../entry/entry.ts";
import type { CachedAnswer, CorrectionEntry } from "../entry/outcome-entry.ts";
import type { ProblemKind, ProblemList } from "./log-problem.ts";
import { outcomeView } from "../entry/outcome-view.ts";
import { RecordedOutcomes } from "./recorded-outcomes.ts";
import { formatTilePath, tileHolding } from "../tree/tile.ts";

/** Gathered while a log is read. */
export class LaterFacts {
  readonly outcomes: RecordedOutcomes = new RecordedOutcomes();
  readonly corrections: { readonly index: number; readonly entry: CorrectionEntry }[] = [];
  /** Answers that are said to be of another log. */
  readonly cached: { readonly index: number; readonly cached: CachedAnswer }[] = [];
  /** Requests that were to be decided again and were not in this log, with the revision that comes next. */
  readonly redecided: Map<RequestId, number> = new Map();
  /** Decisions of a request whose earlier one is not in this log. */
  readonly continued: { readonly index: number; readonly rid: RequestId; readonly revision: number }[] = [];
  readonly #revisions = new Map<number, number>();
  #origin: string | null = null;

  take(index: number, entry: Entry): void {
    if (entry.t === "opened") this.#origin ??= entry.origin;
    if (entry.t === "correction") this.corrections.push({ index, entry });
    if (entry.t === "decision" && entry.v !== 1) this.#takeDecision(index, entry.rid, entry.revision);
    if (entry.t !== "outcome") return;
    this.outcomes.note(index, entry);
    const { cached } = outcomeView(entry);
    if (cached !== null && cached.of.origin !== this.#origin) this.cached.push({ index, cached });
    const revision = this.#revisions.get(entry.decision) ?? 0;
    this.#revisions.delete(entry.decision);
    if (entry.result === "redecided") this.redecided.set(entry.rid, revision + 1);
  }

  #takeDecision(index: number, rid: RequestId, revision: number): void {
    if (revision === 0) return;
    if (!this.redecided.delete(rid)) this.continued.push({ index, rid, revision });
    this.#revisions.set(index, revision);
  }
}

/** One of the logs that are verified together. */
export interface FactsLog {
  readonly name: string;
  readonly lineage: string;
  readonly stated: { readonly origin: string; readonly size: number } | null;
  readonly isPruned: boolean;
  readonly facts: LaterFacts;
  readonly problems: ProblemList;
}

/** Where the other log is not at hand, or its entries are gone, nothing can be compared. */
export function checkLaterFacts(logs: readonly FactsLog[]): void {
  for (const log of logs) {
    for (const correction of log.facts.corrections) checkCorrection(log, correction, logs);
    for (const answer of log.facts.cached) checkCached(log, answer, logs);
    for (const decision of log.facts.continued) checkContinued(log, decision, logs);
  }
}

/** One about its own log was held against that when it was read. */
function checkCorrection(
  log: FactsLog,
  { index, entry: { of, attempt } }: LaterFacts["corrections"][number],
  logs: readonly FactsLog[],
): void {
  const other = logs.find(({ stated }) => stated?.origin === of.origin);
  if (other === undefined || other === log || other.isPruned) return;
  if (other.facts.outcomes.hasAttempt(of.index, attempt)) return;
  const reason = `entry ${of.index} of ${of.origin} is no outcome that has an attempt ${attempt}`;
  report(log, { kind: "correction", index, reason });
}

function checkCached(
  log: FactsLog,
  { index, cached: { of, endpoint } }: LaterFacts["cached"][number],
  logs: readonly FactsLog[],
): void {
  const other = logs.find(({ stated }) => stated?.origin === of.origin);
  if (other === undefined || other.isPruned || other.facts.outcomes.hasAnswer(of.index, endpoint)) return;
  const reason = `entry ${of.index} of ${of.origin} is no outcome that \`${endpoint}\` answered`;
  report(log, { kind: "cached", index, reason });
}

function checkContinued(
  log: FactsLog,
  { index, rid, revision }: LaterFacts["continued"][number],
  logs: readonly FactsLog[],
): void {
  const before = logs
    .filter(({ lineage, name }) => lineage === log.lineage && name < log.name)
    .toSorted((left, right) => (left.name < right.name ? 1 : -1))[0];
  if (before === undefined || before.isPruned || before.facts.redecided.get(rid) === revision) return;
  const reason = `its revision is ${revision}, but the month before did not leave its request to be decided again`;
  report(log, { kind: "pairing", index, reason });
}

interface Breach {
  readonly kind: ProblemKind;
  readonly index: number;
  readonly reason: string;
}

function report({ problems, stated }: FactsLog, { kind, index, reason }: Breach): void {
  const path = formatTilePath(tileHolding(index, "entries", stated?.size ?? index + 1));
  problems.add(kind, path, reason, { index });
}
