// What holds of requests from one entry to the next: every permit has one outcome, and nothing ran outside a permit
// (docs/spec/ledger.md, "Rules over the sequence").
import { agreesWith, type EndpointId, includesPlace, type Place, type RequestId } from "../../base/index.ts";
import type { AllowedEndpoint } from "../entry/decision-entry.ts";
import type { ReportBreach } from "./log-problem.ts";
import type {
  Entry,
  ImportEntry,
  StoredDecision,
  StoredOutcome,
  TransferEntry,
  ViolationEntry,
} from "../entry/entry.ts";
import type { CachedAnswer, CorrectionEntry } from "../entry/outcome-entry.ts";
import { type AttemptView, outcomeView } from "../entry/outcome-view.ts";
import { RecordedOutcomes } from "./recorded-outcomes.ts";

/** A permit that waits for its outcome. */
interface OpenDecision {
  readonly rid: RequestId;
  readonly revision: number;
  readonly epoch: number;
  /** To which it may have been sent, or from which its answer be. */
  readonly allowed: readonly AllowedEndpoint[];
  /** Null: no model was asked for, so nothing but the cell itself may have answered. */
  readonly model: string | null;
  /** Endpoints that have a transfer entry. */
  readonly transfers: EndpointId[];
  hasViolation: boolean;
  hasImport: boolean;
}

interface Use {
  readonly attempt: AttemptView;
  readonly decision: number;
  readonly open: OpenDecision;
  readonly version: number;
}

interface CachedUse extends Pick<Use, "decision" | "open"> {
  readonly cached: CachedAnswer;
}

/** Of the opening that an entry stands in. */
export interface OpeningFacts {
  readonly epoch: number;
  /** A log of the month before is named, so what was decided there may go on here. */
  readonly hasPrevious: boolean;
}

/** Takes a log's entries in their order. Holds the open decisions, and of what is closed only how many attempts there were, and who answered. */
export class RequestRules {
  readonly #origin: string;
  readonly #report: ReportBreach;
  readonly #open = new Map<number, OpenDecision>();
  /** Requests that have to be decided again, with the revision that comes next. */
  readonly #redecided = new Map<RequestId, number>();
  readonly #outcomes = new RecordedOutcomes();

  constructor(origin: string, report: ReportBreach) {
    this.#origin = origin;
    this.#report = report;
  }

  get openCount(): number {
    return this.#open.size;
  }

  check(index: number, entry: Entry, opening: OpeningFacts): void {
    if (entry.t === "decision") this.#checkDecision(index, entry, opening);
    if (entry.t === "transfer") this.#checkTransfer(index, entry);
    if (entry.t === "outcome") this.#checkOutcome(index, entry);
    if (entry.t === "violation") this.#checkViolation(index, entry);
    if (entry.t === "import") this.#checkImport(index, entry);
    if (entry.t === "correction") this.#checkCorrection(index, entry);
  }

  /** The log was closed by this entry. */
  close(index: number): void {
    for (const left of this.#open.keys()) {
      this.#report("pairing", left, `the log was closed by entry ${index}, but this permit has no outcome`);
    }
    this.#open.clear();
  }

  #checkDecision(index: number, entry: StoredDecision, { epoch, hasPrevious }: OpeningFacts): void {
    const { rid, verdict, model } = entry;
    this.#checkLeftOpen(epoch);
    const revision = entry.v === 1 ? 0 : entry.revision;
    const expected = this.#redecided.get(rid);
    this.#redecided.delete(rid);
    // What goes on from the month before is compared with it where that is at hand.
    const isFromBefore = expected === undefined && revision > 0 && hasPrevious;
    if (revision !== (expected ?? 0) && !isFromBefore) {
      this.#report("pairing", index, `its revision is ${revision}, and not ${expected ?? 0}`);
    }
    if (verdict !== "permit") return;
    const nothingYet = { transfers: [], hasViolation: false, hasImport: false };
    this.#open.set(index, { rid, revision, epoch, allowed: usable(entry), model, ...nothingYet });
  }

  /** Whoever opens a log again closes what the last process left open, before it decides anything. */
  #checkLeftOpen(epoch: number): void {
    for (const [index, decision] of this.#open) {
      // The map is in the order of the log: after the first decision of this opening there is no older one.
      if (decision.epoch === epoch) return;
      this.#report("pairing", index, "the log was opened again and went on, but this permit has no outcome");
      this.#open.delete(index);
    }
  }

  #checkOutcome(index: number, outcome: StoredOutcome): void {
    const { decision, rid, v: version } = outcome;
    this.#outcomes.note(index, outcome);
    const open = this.#openDecision(index, decision, rid);
    if (open === null) return;
    this.#open.delete(decision);
    if (outcome.result === "redecided") this.#redecided.set(rid, open.revision + 1);
    const { attempts, cached } = outcomeView(outcome);
    if (cached !== null) this.#checkCached(index, { cached, decision, open });
    else if (outcome.result === "complete" && attempts.length === 0 && open.model !== null) {
      this.#report(
        "pairing",
        index,
        `nobody was asked for an answer of the model that decision ${decision} names`,
      );
    }
    for (const attempt of distinct(attempts)) this.#checkUse(index, { attempt, decision, open, version });
    if (!open.hasViolation) this.#checkEvidence(index, cached === null ? attempts : [cached], open);
  }

  /** Nothing is sent, so there is no transfer; but the answer is given where, and from where, the law allows it now. */
  #checkCached(index: number, { cached, decision, open }: CachedUse): void {
    const { of, endpoint, allowed: places } = cached;
    const allowed = allowedIn(open, endpoint);
    if (allowed === undefined) {
      const reason = `an answer of \`${endpoint}\`, which decision ${decision} did not allow, was given again`;
      this.#report("permit", index, reason + becauseNoModel(open));
    } else if (!isWithin(places, allowed.computes)) {
      this.#report("permit", index, `\`${endpoint}\` was allowed other places by decision ${decision}`);
    }
    if (of.origin !== this.#origin || (of.index < index && this.#outcomes.hasAnswer(of.index, endpoint)))
      return;
    this.#report("cached", index, `entry ${of.index} is no outcome before it that \`${endpoint}\` answered`);
  }

  #checkEvidence(
    index: number,
    shown: readonly Pick<AttemptView, "endpoint" | "evidence">[],
    open: OpenDecision,
  ): void {
    for (const { endpoint, evidence } of shown) {
      const allowed = allowedIn(open, endpoint);
      if (allowed === undefined || evidence === null) continue;
      const lawful = new Set(allowed.computes);
      const stray = evidence.places.find((place) => !agreesWith(lawful, place));
      if (stray === undefined) continue;
      const reason = `evidence of \`${stray}\`, outside the permit, with no violation entry before it`;
      this.#report("permit", index, reason);
      return;
    }
  }

  #checkUse(index: number, { attempt, decision, open, version }: Use): void {
    const { endpoint, sent } = attempt;
    const allowed = allowedIn(open, endpoint);
    if (allowed === undefined) {
      const reason = `\`${endpoint}\` is not among the endpoints that decision ${decision} allowed`;
      this.#report("permit", index, reason + becauseNoModel(open));
    } else if (allowed.transfer && sent !== false && !open.transfers.includes(endpoint)) {
      this.#report("permit", index, `\`${endpoint}\` is a transfer, with no transfer entry before it`);
    } else if (version > 1 && !isWithin(attempt.allowed ?? [], allowed.computes)) {
      this.#report("permit", index, `\`${endpoint}\` was allowed other places by decision ${decision}`);
    }
  }

  #checkTransfer(index: number, { decision, rid, endpoint, computes, grounds }: TransferEntry): void {
    const open = this.#openDecision(index, decision, rid);
    if (open === null) return;
    const allowed = allowedIn(open, endpoint);
    if (open.transfers.includes(endpoint)) {
      this.#report("pairing", index, `decision ${decision} has a transfer entry for \`${endpoint}\` already`);
    }
    open.transfers.push(endpoint);
    // Both are canonical, so equal values have equal texts.
    const recorded = JSON.stringify([allowed?.transfer, allowed?.computes, allowed?.grounds]);
    if (recorded === JSON.stringify([true, computes, grounds])) return;
    const reason = `decision ${decision} did not allow this transfer to \`${endpoint}\``;
    this.#report("permit", index, reason + becauseNoModel(open));
  }

  #checkViolation(index: number, { decision, rid }: ViolationEntry): void {
    const open = this.#openDecision(index, decision, rid);
    if (open !== null) open.hasViolation = true;
  }

  #checkImport(index: number, { decision, rid }: ImportEntry): void {
    const open = this.#openDecision(index, decision, rid);
    if (open === null) return;
    if (open.hasImport) this.#report("pairing", index, `decision ${decision} has an import entry already`);
    open.hasImport = true;
  }

  /** One about another log is compared with it where that is at hand. */
  #checkCorrection(index: number, { of, attempt }: CorrectionEntry): void {
    if (of.origin !== this.#origin || (of.index < index && this.#outcomes.hasAttempt(of.index, attempt)))
      return;
    const reason = `entry ${of.index} is no outcome before it that has an attempt ${attempt}`;
    this.#report("correction", index, reason);
  }

  #openDecision(index: number, decision: number, rid: RequestId): OpenDecision | null {
    const open = this.#open.get(decision);
    if (open?.rid === rid) return open;
    const reason = open === undefined ? "is no permit that waits for an outcome" : "is of another request";
    this.#report("pairing", index, `entry ${decision}, which this one refers to, ${reason}`);
    return null;
  }
}

/** Attempts at the same endpoint break the same rule once; one that was sent speaks for those that were not. */
function distinct(attempts: readonly AttemptView[]): Iterable<AttemptView> {
  if (attempts.length < 2) return attempts;
  const byEndpoint = new Map<EndpointId, AttemptView>();
  for (const attempt of attempts) {
    if (attempt.sent !== false || !byEndpoint.has(attempt.endpoint))
      byEndpoint.set(attempt.endpoint, attempt);
  }
  return byEndpoint.values();
}

/**
 * What the law allowed is in the entry; who names no model asks none of it, since the cell itself answers. No rule said so of
 * versions 1 and 2, whose logs verify as they did.
 */
function usable({ v: version, model, allowed }: StoredDecision): readonly AllowedEndpoint[] {
  return version > 2 && model === null ? [] : allowed;
}

function becauseNoModel({ model, allowed }: OpenDecision): string {
  return model === null && allowed.length === 0 ? ": it names no model, so no endpoint may be asked" : "";
}

function allowedIn({ allowed }: OpenDecision, wanted: EndpointId): AllowedEndpoint | undefined {
  return allowed.find(({ endpoint }) => endpoint === wanted);
}

function isWithin(places: readonly Place[], computes: readonly Place[]): boolean {
  const lawful = new Set(computes);
  return places.every((place) => includesPlace(lawful, place));
}
