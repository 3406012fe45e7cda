// Entries as a report looks at them: requests whole, everything else one by one.
import type { EndpointId, Place } from "../../base/index.ts";
import {
  type AttemptView,
  type Entry,
  type ImportEntry,
  outcomeView,
  type StoredDecision,
  type StoredOutcome,
  type TransferEntry,
  type ViolationEntry,
} from "../../ledger/index.ts";

export interface Recorded<Kind = Entry> {
  readonly entry: Kind;
  readonly origin: string;
  readonly index: number;
}

/** A decision and all that belongs to it. */
export interface RecordedRequest extends Recorded<StoredDecision> {
  /** Null for a refusal, and for a permit under way. */
  readonly outcome: Recorded<StoredOutcome> | null;
  readonly transfers: readonly Recorded<TransferEntry>[];
  readonly imports: readonly Recorded<ImportEntry>[];
  readonly violations: readonly Recorded<ViolationEntry>[];
}

/** One who was sent the request, or may have been; whether an answer came of it is a question of its own. */
export interface Recipient {
  readonly endpoint: EndpointId;
  readonly claimed: readonly Place[];
  /** By its answer, or by the violation that it led to. */
  readonly evidenced: readonly Place[];
  /** Null: nothing was shown. */
  readonly evidence: string | null;
  /** Of the answer. */
  readonly model: string | null;
  /** Unknown where the process ended, or the log, before anybody could say. */
  readonly answered: "yes" | "no" | "unknown";
  /** Its evidence contradicted the permit. */
  readonly isContrary: boolean;
}

/**
 * Everybody who was sent what was asked: those who were tried and got a byte of it, those whose evidence is on record,
 * and, where no outcome can say, those for whom a transfer was recorded, which is done before anything leaves.
 */
export function recipientsOf(request: RecordedRequest): readonly Recipient[] {
  const { outcome, violations, transfers } = request;
  const { attempts, answered } = outcome === null ? nobody : outcomeView(outcome.entry);
  const sent = attempts.filter((attempt) => attempt.sent !== false);
  const tried = sent.map((attempt, at): Recipient => {
    const isLast = !sent.slice(at + 1).some(({ endpoint }) => endpoint === attempt.endpoint);
    const violation = isLast
      ? violations.find(({ entry }) => entry.endpoint === attempt.endpoint)
      : undefined;
    return {
      endpoint: attempt.endpoint,
      claimed: attempt.allowed ?? allowedAt(request, attempt.endpoint),
      ...shownBy(attempt.evidence, violation),
      model: attempt === answered ? attempt.asked.model : null,
      answered: attempt === answered ? "yes" : "no",
    };
  });
  const others = [...violations, ...(isUntold(request) ? transfers : [])].filter(
    ({ entry }) => !sent.some(({ endpoint }) => endpoint === entry.endpoint),
  );
  return [...tried, ...others.map((other) => untold(request, other))];
}

const nobody = { attempts: [], answered: null } as const;

/** Nobody can say, or nobody can say yet, what became of it. */
function isUntold({ outcome }: RecordedRequest): boolean {
  return outcome === null || outcome.entry.result === "unknown";
}

function untold(request: RecordedRequest, { entry }: Recorded<TransferEntry | ViolationEntry>): Recipient {
  const violation = request.violations.find((each) => each.entry.endpoint === entry.endpoint);
  return {
    endpoint: entry.endpoint,
    claimed: allowedAt(request, entry.endpoint),
    ...shownBy(null, violation),
    model: null,
    answered: isUntold(request) ? "unknown" : "no",
  };
}

function shownBy(
  evidence: AttemptView["evidence"],
  violation: Recorded<ViolationEntry> | undefined,
): Pick<Recipient, "evidenced" | "evidence" | "isContrary"> {
  if (violation === undefined)
    return { evidenced: evidence?.places ?? [], evidence: evidence?.grade ?? null, isContrary: false };
  const { evidenced, evidence: grade } = violation.entry;
  return { evidenced, evidence: grade, isContrary: true };
}

function allowedAt({ entry }: RecordedRequest, wanted: EndpointId): readonly Place[] {
  return entry.allowed.find(({ endpoint }) => endpoint === wanted)?.computes ?? [];
}

/** Of contrary evidence, which may say no more than that it was elsewhere. */
export function shownPlaces(places: readonly Place[]): string {
  return places.length === 0 ? "an unknown place" : places.join(" ");
}

interface OpenRequest extends RecordedRequest {
  readonly transfers: Recorded<TransferEntry>[];
  readonly imports: Recorded<ImportEntry>[];
  readonly violations: Recorded<ViolationEntry>[];
}

/** Puts requests together again, of one verified log in its order. Holds those under way, and nothing of what is closed. */
export class RequestJoiner {
  readonly #open = new Map<number, OpenRequest>();
  readonly #emit: (request: RecordedRequest) => void;

  constructor(emit: (request: RecordedRequest) => void) {
    this.#emit = emit;
  }

  take(recorded: Recorded): void {
    const { entry, origin, index } = recorded;
    if (entry.t === "decision") {
      const request = { entry, origin, index, outcome: null, transfers: [], imports: [], violations: [] };
      if (entry.verdict === "permit") this.#open.set(index, request);
      else this.#emit(request);
    }
    if (entry.t === "transfer") this.#open.get(entry.decision)?.transfers.push({ entry, origin, index });
    if (entry.t === "import") this.#open.get(entry.decision)?.imports.push({ entry, origin, index });
    if (entry.t === "violation") this.#open.get(entry.decision)?.violations.push({ entry, origin, index });
    if (entry.t === "outcome") {
      const request = this.#open.get(entry.decision);
      this.#open.delete(entry.decision);
      if (request !== undefined) this.#emit({ ...request, outcome: { entry, origin, index } });
    }
  }

  /** What is under way where the log ends. */
  finish(): void {
    for (const request of this.#open.values()) this.#emit(request);
    this.#open.clear();
  }
}
