// From entries to what an index holds of them. Decisions are joined with their outcomes here where both are at hand.
// Whoever opens it owns its state.
import { toHex } from "../../base/index.ts";
import {
  type Entry,
  type LogHead,
  outcomeView,
  type StoredDecision,
  type StoredOutcome,
} from "../../ledger/index.ts";
import type { Completion, IndexBatch, IndexRecord } from "./search-index.ts";

type Draft = { -readonly [Member in keyof IndexRecord]: IndexRecord[Member] };

/** Gathers consecutive entries of one log. */
export class BatchBuilder {
  readonly #from: LogHead;
  readonly #records = new Map<number, Draft>();
  readonly #completions: { decision: number; completion: Completion }[] = [];
  readonly #followers: { index: number; decision: number }[] = [];

  constructor(from: LogHead) {
    this.#from = from;
  }

  add(index: number, entry: Entry): void {
    if (entry.t === "outcome") {
      this.#complete(index, entry);
      return;
    }
    const record: Draft = { ...emptyRecord, index, timeMs: entry.ts, kind: entry.t };
    if (entry.t === "decision") Object.assign(record, decisionMembers(entry));
    if (entry.t === "transfer" || entry.t === "import" || entry.t === "violation") {
      record.requestId = entry.rid;
      this.#follow(record, entry.decision);
    }
    if (entry.t === "transfer") {
      record.endpoints = [entry.endpoint];
      record.computed = entry.computes;
    }
    if (entry.t === "violation") {
      const { endpoint, claimed, evidenced, evidence } = entry;
      Object.assign(record, { endpoints: [endpoint], computed: claimed, evidenced, evidence });
    }
    if (entry.t === "quarantine" || entry.t === "release") {
      Object.assign(record, { requestId: entry.rid, endpoints: [entry.endpoint] });
    }
    if (entry.t === "correction") {
      const { grade, places } = entry.evidence;
      Object.assign(record, { evidenced: places, evidence: grade });
    }
    if (entry.t === "erasure" || entry.t === "hold" || entry.t === "disclosure" || entry.t === "access") {
      record.subject = entry.subject;
    }
    if (entry.t === "access") record.requestId = entry.rid;
    this.#records.set(index, record);
  }

  finish(size: number, root: Uint8Array): IndexBatch {
    return {
      from: this.#from,
      to: { origin: this.#from.origin, size, root: toHex(root) },
      records: [...this.#records.values()],
      completions: this.#completions,
      followers: this.#followers,
    };
  }

  #complete(index: number, outcome: StoredOutcome): void {
    const completion = completionOf(index, outcome);
    const decision = this.#records.get(outcome.decision);
    if (decision === undefined) this.#completions.push({ decision: outcome.decision, completion });
    else Object.assign(decision, completion);
  }

  #follow(record: Draft, decision: number): void {
    const known = this.#records.get(decision);
    if (known === undefined) this.#followers.push({ index: record.index, decision });
    else Object.assign(record, { tenant: known.tenant, subject: known.subject });
  }
}

const emptyRecord: Omit<IndexRecord, "index" | "timeMs" | "kind"> = {
  requestId: null,
  tenant: null,
  subject: null,
  verdict: null,
  error: null,
  endpoints: [],
  subjectPlaces: [],
  computed: [],
  evidenced: [],
  evidence: null,
  result: null,
  outcome: null,
};

function decisionMembers({
  rid,
  tenant,
  subject,
  verdict,
  error,
  places,
}: StoredDecision): Partial<IndexRecord> {
  const subjectPlaces = Array.from(new Set(places.map(({ place }) => place)));
  return { requestId: rid, tenant, subject, verdict, error, subjectPlaces };
}

function completionOf(index: number, entry: StoredOutcome): Completion {
  const { attempts, answered, cached } = outcomeView(entry);
  const computed = answered ?? cached;
  // Version 1 does not say whether anything was sent, so there it may have been.
  const reached = attempts.filter(({ sent }) => sent !== false);
  return {
    outcome: index,
    result: entry.result,
    error: entry.error,
    endpoints: Array.from(new Set(reached.map(({ endpoint }) => endpoint))),
    computed: computed?.allowed ?? [],
    evidenced: computed?.evidence?.places ?? [],
    evidence: computed?.evidence?.grade ?? null,
  };
}
