// Entries as a report looks at them: requests whole, everything else one by one.
import type {
  DecisionEntry,
  Entry,
  ImportEntry,
  OutcomeEntry,
  TransferEntry,
  ViolationEntry,
} from "../../ledger/index.ts";

export interface Recorded<Kind = Entry> {
  readonly entry: Kind;
  readonly origin: string;
  readonly index: number;
}

/** A decision and all that belongs to it. */
export interface RecordedRequest extends Recorded<DecisionEntry> {
  /** Null for a refusal, and for a permit under way. */
  readonly outcome: Recorded<OutcomeEntry> | null;
  readonly transfers: readonly Recorded<TransferEntry>[];
  readonly imports: readonly Recorded<ImportEntry>[];
  readonly violations: readonly Recorded<ViolationEntry>[];
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
