// A provider's log held against the ledger: what it shows of each attempt, which calls nobody here recorded, and which
// attempts it says nothing of.
import {
  decodeUtf8,
  elapsedMs,
  type EndpointId,
  type InstantMs,
  type MonotonicMs,
  parseJson,
  type Place,
} from "../../base/index.ts";
import { monotonicNow } from "../../clock/index.ts";
import { type CorrectionEntry, isStray } from "../../ledger/index.ts";
import type { AttemptTable, KnownAttempt, UnheardAttempt } from "./attempt-table.ts";
import type { LoggedCall, ProviderLog } from "./provider-log.ts";
import { providerLogs } from "./provider-logs.ts";

/** A fact to be recorded. */
export interface FoundCorrection {
  readonly origin: string;
  readonly index: number;
  readonly attempt: number;
  readonly evidence: CorrectionEntry["evidence"];
  readonly reason: string;
}

export interface ReconcileParts {
  readonly log: ProviderLog;
  /** Words before a model's name by which a call may be computed elsewhere than where it was sent. */
  readonly scopes: readonly string[];
  /** Where a region of the provider lies; null for one that its data does not know. */
  readonly placesOf: (region: string) => readonly Place[] | null;
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

export interface Reconciliation {
  /** All records of the log. */
  readonly recordCount: number;
  /** Those that are about calls of a model. */
  readonly callCount: number;
  /** Those of this log that are about something else. */
  readonly otherCount: number;
  /** Those of no such log. */
  readonly foreignCount: number;
  /** Calls that the ledger knows. */
  readonly matchedCount: number;
  /** Attempts whose evidence became better, or other. */
  readonly correctedCount: number;
  /** Attempts of which the ledger held the same already. */
  readonly knownCount: number;
  /** Calls of which the log does not say where they were computed. */
  readonly silentCount: number;
  /** Records about calls in which a member is missing or wrong, by member. */
  readonly unreadable: Readonly<Record<string, number>>;
  /** Regions that the provider's data does not know, with the number of calls. */
  readonly unknownRegions: Readonly<Record<string, number>>;
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
  #corrections: FoundCorrection[] = [];
  #caughtUpAt: MonotonicMs | null = null;
  #firstMs: InstantMs = Number.POSITIVE_INFINITY;
  #lastMs: InstantMs = Number.NEGATIVE_INFINITY;
  readonly #counts = {
    recordCount: 0,
    callCount: 0,
    otherCount: 0,
    foreignCount: 0,
    matchedCount: 0,
    correctedCount: 0,
    knownCount: 0,
    silentCount: 0,
    violationCount: 0,
    unknownCallCount: 0,
  };
  /** Of the counts, what they were when the last file had ended. */
  #before = { recordCount: 0, foreignCount: 0 };
  /** The kind of log that the file's first foreign record is of; null where it is of none. */
  #likelyKind: string | null = null;
  readonly #unreadable: Record<string, number> = {};
  readonly #unknownRegions: Record<string, number> = {};
  readonly #violations: LateViolation[] = [];
  readonly #unknownCalls: LoggedCall[] = [];
  readonly #quarantined = new Set<EndpointId>();

  constructor(parts: ReconcileParts) {
    this.#parts = parts;
  }

  get recordCount(): number {
    return this.#counts.recordCount;
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
    const { recordCount, foreignCount } = this.#counts;
    const count = recordCount - this.#before.recordCount;
    const isForeign = count > 0 && foreignCount - this.#before.foreignCount === count;
    this.#before = { recordCount, foreignCount };
    if (isForeign) throw new ForeignLogError(count, this.#parts.log, this.#likelyKind);
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
      ...this.#counts,
      unreadable: this.#unreadable,
      unknownRegions: this.#unknownRegions,
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
    const text = decodeUtf8(bytes);
    const value = text === null ? undefined : parseJson(text);
    if (value === undefined)
      throw new UnreadableRecordError(this.#counts.recordCount - this.#before.recordCount + 1);
    this.#counts.recordCount++;
    const record = this.#parts.log.read(value, this.#parts.scopes);
    if (record.kind === "foreign") return this.#noteForeign(value);
    if (record.kind === "other") {
      this.#counts.otherCount++;
      return null;
    }
    this.#counts.callCount++;
    if (record.kind === "unreadable") {
      this.#unreadable[record.member] = (this.#unreadable[record.member] ?? 0) + 1;
      return null;
    }
    this.#firstMs = Math.min(this.#firstMs, record.call.timeMs);
    this.#lastMs = Math.max(this.#lastMs, record.call.timeMs);
    return record.call;
  }

  #noteForeign(record: unknown): null {
    if (this.#counts.foreignCount === this.#before.foreignCount) {
      const likely = providerLogs.find((log) => log.read(record, this.#parts.scopes).kind !== "foreign");
      this.#likelyKind = likely?.name ?? null;
    }
    this.#counts.foreignCount++;
    return null;
  }

  /** False for a call of which the table knows nothing so far. */
  #match(call: LoggedCall): boolean {
    const { table, placesOf } = this.#parts;
    const attempts = table.find(call.requestId);
    if (attempts.length === 0) return false;
    this.#counts.matchedCount++;
    table.hear(call.requestId);
    if (call.isRefused) return true;
    const places = call.region === null ? null : placesOf(call.region);
    if (call.region === null) this.#counts.silentCount++;
    else if (places === null)
      this.#unknownRegions[call.region] = (this.#unknownRegions[call.region] ?? 0) + 1;
    else for (const attempt of attempts) this.#learn(attempt, { region: call.region, places });
    return true;
  }

  #learn(attempt: KnownAttempt, { region, places }: Shown): void {
    const evidence = { grade: "E4", source: this.#parts.log.name, places };
    const standing = this.#parts.table.tell(attempt, evidence);
    if (standing === "told") return;
    const { origin, index, attempt: position, endpoint, allowed } = attempt;
    if (standing === "recorded") this.#counts.knownCount++;
    else this.#corrections.push({ origin, index, attempt: position, evidence, reason: "provider-log" });
    // Each run says it of its log, recorded before or not: a violation does not end by being known.
    if (allowed === null || !isStray(attempt, places)) return;
    this.#counts.violationCount++;
    const violation = { origin, index, attempt: position, endpoint, allowed, evidenced: places, region };
    if (this.#violations.length < mostNamed) this.#violations.push(violation);
  }

  #noteUnknown(call: LoggedCall): void {
    if (call.isRefused) return;
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

interface Shown {
  readonly region: string;
  readonly places: readonly Place[];
}

export class UnreadableRecordError extends Error {
  constructor(ordinal: number) {
    super(`record ${ordinal} is no JSON in UTF-8`);
    this.name = "UnreadableRecordError";
  }
}

/** A file of records that are none of the log that it was said to be. */
export class ForeignLogError extends Error {
  constructor(count: number, { name, wrapper }: ProviderLog, likelyKind: string | null) {
    const next =
      likelyKind === null
        ? `such a log is JSON objects, one after the other, in a list, or in an object whose first member is \`${wrapper}\`: get the file as the provider writes it`
        : `they are of a \`${likelyKind}\`: name that kind, \`bailiwick reconcile ${likelyKind}\``;
    super(`none of its ${count} records is of a \`${name}\`; ${next}`);
    this.name = "ForeignLogError";
  }
}
