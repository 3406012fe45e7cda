// A provider's log held against the ledger: what it shows of each attempt, which calls nobody here recorded, and which
// attempts it says nothing of.
import {
  elapsedMs,
  type EndpointId,
  type InstantMs,
  type MonotonicMs,
  type Place,
} from "../../base/index.ts";
import { monotonicNow } from "../../clock/index.ts";
import { type CorrectionEntry, isStray } from "../../ledger/index.ts";
import type { AttemptTable, KnownAttempt, UnheardAttempt } from "./attempt-table.ts";
import { LogRecords, type RecordCounts } from "./log-records.ts";
import type { JoinedLog, LoggedCall } from "./provider-log.ts";

/** A fact to be recorded. */
export interface FoundCorrection {
  readonly origin: string;
  readonly index: number;
  readonly attempt: number;
  readonly evidence: CorrectionEntry["evidence"];
  readonly reason: string;
}

export interface ReconcileParts {
  readonly log: JoinedLog;
  /** Words before a model's name by which a call may be computed elsewhere than where it was sent. */
  readonly scopes: readonly string[];
  /** Where a region of the provider lies; null for one that its data does not know. */
  readonly placesOf: (region: string) => readonly Place[] | null;
  /** Whether the region that the log names of an attempt is that in which it was computed. */
  readonly isComputedThere: (attempt: KnownAttempt) => boolean;
  /** Whether the log may name that region of calls at the endpoint, by what the policy says of it. */
  readonly mayName: (endpoint: EndpointId, region: string) => boolean;
  readonly table: AttemptTable;
  /** Brings the table up to date. */
  readonly catchUp: () => Promise<void>;
  /** As many are recorded at once. */
  readonly batchSize: number;
  /** Resolves when all are on record, with the endpoints that get no more requests because of them. */
  readonly record: (corrections: readonly FoundCorrection[]) => Promise<readonly EndpointId[]>;
  /** Resolves when what was recorded is published, so that the next run finds it. */
  readonly published: () => Promise<void>;
}

/** One attempt that was computed outside what its permit allowed. */
export interface LateViolation extends Pick<KnownAttempt, "origin" | "index" | "attempt" | "endpoint"> {
  readonly allowed: readonly Place[];
  readonly evidenced: readonly Place[];
  readonly region: string;
}

export interface MisplacedCalls {
  readonly endpoint: EndpointId;
  readonly region: string;
  readonly callCount: number;
}

export interface Reconciliation extends RecordCounts {
  /** Calls that the ledger knows. */
  readonly matchedCount: number;
  /** Attempts whose evidence became better, or other. */
  readonly correctedCount: number;
  /** Attempts of which the ledger held the same already. */
  readonly knownCount: number;
  /** Calls of which the log does not say where they were computed. */
  readonly silentCount: number;
  /** Regions that the provider's data does not know, with the number of calls. */
  readonly unknownRegions: Readonly<Record<string, number>>;
  /** Calls of which the log names a region that is not the one of which the policy says that the endpoint calls it. */
  readonly misplaced: readonly MisplacedCalls[];
  /** Attempts that the log shows outside what their permits allowed, whether that was recorded before or not. */
  readonly violationCount: number;
  readonly violations: readonly LateViolation[];
  readonly quarantined: readonly EndpointId[];
  /** Calls that were served, and are in no entry: they went past the gateway. */
  readonly unknownCallCount: number;
  readonly unknownCalls: readonly LoggedCall[];
  /** Attempts in the time that the log covers, of which it says nothing. */
  readonly unheardCount: number;
  readonly unheard: readonly UnheardAttempt[];
  /** Attempts whose answers named no call, so that no log can tell of them. */
  readonly namelessCount: number;
}

/** As many of each kind are named; all are counted. */
const mostNamed = 100;
const catchUpEveryMs = 1_000;

/** Owner: one run. What it has recorded stays; a second run over the same log records nothing, and finds the same. */
export class Reconciler {
  readonly #parts: ReconcileParts;
  readonly #records: LogRecords;
  #corrections: FoundCorrection[] = [];
  #caughtUpAt: MonotonicMs | null = null;
  #firstMs: InstantMs = Number.POSITIVE_INFINITY;
  #lastMs: InstantMs = Number.NEGATIVE_INFINITY;
  readonly #counts = {
    matchedCount: 0,
    correctedCount: 0,
    knownCount: 0,
    silentCount: 0,
    violationCount: 0,
    unknownCallCount: 0,
  };
  readonly #unknownRegions: Record<string, number> = {};
  /** By endpoint and region. */
  readonly #misplaced = new Map<string, MisplacedCalls>();
  readonly #violations: LateViolation[] = [];
  readonly #unknownCalls: LoggedCall[] = [];
  readonly #quarantined = new Set<EndpointId>();

  constructor(parts: ReconcileParts) {
    this.#parts = parts;
    this.#records = new LogRecords(parts.log, parts.scopes);
  }

  get recordCount(): number {
    return this.#records.counts.recordCount;
  }

  /** Records of one read of the log. Rejects with what `record` does, and where a record is no JSON: those before are taken. */
  async take(records: readonly Uint8Array[]): Promise<void> {
    for (const record of records) {
      const call = this.#read(record);
      if (call !== null && !this.#match(call)) await this.#matchLate(call);
    }
    while (this.#corrections.length >= this.#parts.batchSize) await this.flush();
  }

  /** Of a call that was perhaps recorded since the table was brought up to date. */
  async #matchLate(call: LoggedCall): Promise<void> {
    await this.#catchUp();
    if (!this.#match(call)) this.#noteUnknown(call);
  }

  /** A file has ended. Throws {@link ForeignLogError} where nothing in it is of the log. */
  endFile(): void {
    this.#records.endFile();
  }

  /** Records what is still to be recorded. What `record` rejects stays to be recorded. */
  async flush(): Promise<void> {
    const batch = this.#corrections.slice(0, this.#parts.batchSize);
    if (batch.length === 0) return;
    for (const endpoint of await this.#parts.record(batch)) this.#quarantined.add(endpoint);
    this.#corrections.splice(0, batch.length);
    this.#counts.correctedCount += batch.length;
  }

  async finish(): Promise<Reconciliation> {
    while (this.#corrections.length > 0) await this.flush();
    if (this.#counts.correctedCount > 0) await this.#parts.published();
    const { table } = this.#parts;
    const hasCalls = this.#firstMs <= this.#lastMs;
    return {
      ...this.#records.counts,
      ...this.#counts,
      unknownRegions: this.#unknownRegions,
      misplaced: [...this.#misplaced.values()],
      violations: this.#violations,
      quarantined: [...this.#quarantined],
      unknownCalls: this.#unknownCalls,
      unheardCount: hasCalls ? table.countUnheard(this.#firstMs, this.#lastMs) : 0,
      unheard: hasCalls ? table.unheard(this.#firstMs, this.#lastMs, mostNamed) : [],
      namelessCount: table.namelessCount,
    };
  }

  /** Null for a record that is about no call. */
  #read(bytes: Uint8Array): LoggedCall | null {
    const call = this.#records.read(bytes);
    if (call === null) return null;
    this.#firstMs = Math.min(this.#firstMs, call.timeMs);
    this.#lastMs = Math.max(this.#lastMs, call.timeMs);
    return call;
  }

  /** False for a call of which the table knows nothing so far. */
  #match(call: LoggedCall): boolean {
    const { table, placesOf } = this.#parts;
    const attempts = table.find(call.requestId);
    if (attempts.length === 0) return false;
    this.#counts.matchedCount++;
    table.hear(call.requestId);
    if (call.isRefused) return true;
    const { region } = call;
    const places = region === null ? null : placesOf(region);
    if (region !== null) this.#notePlace(attempts, region);
    const computedThere = attempts.filter((attempt) => this.#parts.isComputedThere(attempt));
    if (region === null || computedThere.length === 0) this.#counts.silentCount++;
    else if (places === null) this.#unknownRegions[region] = (this.#unknownRegions[region] ?? 0) + 1;
    else for (const attempt of computedThere) this.#learn(attempt, { region, places });
    return true;
  }

  #notePlace(attempts: readonly KnownAttempt[], region: string): void {
    for (const { endpoint } of attempts) {
      if (this.#parts.mayName(endpoint, region)) continue;
      const key = `${endpoint} ${region}`;
      const { callCount = 0 } = this.#misplaced.get(key) ?? {};
      this.#misplaced.set(key, { endpoint, region, callCount: callCount + 1 });
    }
  }

  #learn(attempt: KnownAttempt, { region, places }: Shown): void {
    const { grade, name: source } = this.#parts.log;
    const evidence = { grade, source, places };
    const standing = this.#parts.table.tell(attempt, evidence);
    if (standing === "told") return;
    const { origin, index, attempt: position, endpoint, allowed } = attempt;
    if (standing === "recorded" || saysAsMuch(attempt, evidence)) this.#counts.knownCount++;
    else this.#corrections.push({ origin, index, attempt: position, evidence, reason: "provider-log" });
    // Each run says it of its log, recorded before or not: a violation does not end by being known.
    if (allowed === null || !isStray(attempt, places)) return;
    this.#counts.violationCount++;
    const violation = { origin, index, attempt: position, endpoint, allowed, evidenced: places, region };
    if (this.#violations.length < mostNamed) this.#violations.push(violation);
  }

  #noteUnknown(call: LoggedCall): void {
    if (call.isRefused || !this.#parts.table.meetStranger(call.requestId)) return;
    this.#counts.unknownCallCount++;
    if (this.#unknownCalls.length < mostNamed) this.#unknownCalls.push(call);
  }

  async #catchUp(): Promise<void> {
    const caughtUpAt = this.#caughtUpAt;
    if (caughtUpAt !== null && elapsedMs(caughtUpAt, monotonicNow()) < catchUpEveryMs) return;
    await this.#parts.catchUp();
    this.#caughtUpAt = monotonicNow();
  }
}

/** Whether the answer showed it already, and in a way that is as good. */
function saysAsMuch({ shown }: KnownAttempt, { grade, places }: CorrectionEntry["evidence"]): boolean {
  return shown !== null && shown.grade >= grade && shown.places.join() === places.join();
}

interface Shown {
  readonly region: string;
  readonly places: readonly Place[];
}
