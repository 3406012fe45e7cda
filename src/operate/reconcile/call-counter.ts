// A provider's log whose records no attempt can be told by, held against the ledger in numbers: it corrects nothing.
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { EndpointId, InstantMs, Place } from "../../base/index.ts";
import { outcomeView, parseEntry, type StoredOutcome } from "../../ledger/index.ts";
import { hourMs, HourlyCalls, type UnevenHour } from "./hourly-calls.ts";
import { LogRecords, type RecordCounts } from "./log-records.ts";
import type { LoggedCall, ProviderLog } from "./provider-log.ts";
import { mayBe, type OpenLogs, PublishedEntries } from "./published-entries.ts";

export interface CountParts {
  readonly log: ProviderLog;
  readonly openLogs: OpenLogs;
  /** What each of the provider's endpoints calls. */
  readonly locations: ReadonlyMap<EndpointId, string>;
  /** Where a location lies; null for one that the provider's data does not know, or of which nobody can say it. */
  readonly placesOf: (location: string) => readonly Place[] | null;
  readonly onProgress: (read: number, size: number) => void;
  readonly now: () => InstantMs;
}

export interface LocationCount {
  readonly location: string;
  /** Null where nobody can say them. */
  readonly places: readonly Place[] | null;
  readonly callCount: number;
  /** Whether an endpoint calls there. */
  readonly isOurs: boolean;
}

export interface CallCounts extends RecordCounts {
  /** Calls that the provider refused, which are counted nowhere else. */
  readonly refusedCount: number;
  /** Records that were there before. */
  readonly repeatedCount: number;
  /** Calls that were served, by the location that was called. */
  readonly locations: readonly LocationCount[];
  /** Calls of hours that ended less than an hour ago, or have not: attempts of theirs may still be under way. */
  readonly recentCount: number;
  /** Of all hours together. */
  readonly surplusCount: number;
  readonly missingCount: number;
  readonly hourCount: number;
  readonly hours: readonly UnevenHour[];
  /** Requests of which nobody can say whether they ran: the process died. Their calls may be among the surplus. */
  readonly unknownOutcomeCount: number;
}

/** As many are named; all are counted. */
const mostNamed = 100;

/** Owner: one run. It records nothing, so that each run finds the same. */
export class CallCounter {
  readonly #parts: CountParts;
  readonly #records: LogRecords;
  readonly #hours = new HourlyCalls();
  /** Goes to disk as it grows, and is gone with the process. */
  readonly #database: DatabaseSync = new DatabaseSync("");
  readonly #meet: StatementSync;
  #refusedCount = 0;
  #repeatedCount = 0;
  #unknownOutcomeCount = 0;

  constructor(parts: CountParts) {
    this.#parts = parts;
    this.#records = new LogRecords(parts.log, []);
    this.#database.exec("CREATE TABLE calls (id TEXT PRIMARY KEY) WITHOUT ROWID");
    this.#meet = this.#database.prepare("INSERT OR IGNORE INTO calls VALUES (?)");
  }

  get recordCount(): number {
    return this.#records.counts.recordCount;
  }

  /** Records of one read of the log. Rejects where one is no JSON: those before are taken. */
  async take(records: readonly Uint8Array[]): Promise<void> {
    for (const record of records) {
      const call = this.#records.read(record);
      if (call !== null) this.#count(call);
    }
  }

  /** A file has ended. Throws {@link ForeignLogError} where nothing in it is of the log. */
  endFile(): void {
    this.#records.endFile();
  }

  /** There is nothing to record. */
  async flush(): Promise<void> {}

  /** Reads the ledger, when the log has been read: so each attempt of its hours is there that was over an hour ago. */
  async finish(): Promise<CallCounts> {
    const untilMs = this.#parts.now() - hourMs;
    await new PublishedEntries(this.#parts.openLogs).readOn({
      take: (_origin, _index, bytes) => this.#takeEntry(bytes),
      onProgress: this.#parts.onProgress,
    });
    const uneven = this.#hours.unevenHours(untilMs);
    return {
      ...this.#records.counts,
      refusedCount: this.#refusedCount,
      repeatedCount: this.#repeatedCount,
      locations: this.#locations(),
      recentCount: this.#hours.countAfter(untilMs),
      surplusCount: uneven.reduce((sum, { surplusCount }) => sum + surplusCount, 0),
      missingCount: uneven.reduce((sum, { missingCount }) => sum + missingCount, 0),
      hourCount: uneven.length,
      hours: uneven.slice(0, mostNamed),
      unknownOutcomeCount: this.#unknownOutcomeCount,
    };
  }

  close(): void {
    this.#database.close();
  }

  #count({ requestId, timeMs, region, isRefused }: LoggedCall): void {
    // The id is unique among records of one moment ("LogEntry"), and an export may hold a record twice.
    if (this.#meet.run(`${timeMs} ${requestId}`).changes === 0) this.#repeatedCount++;
    else if (isRefused) this.#refusedCount++;
    else if (region !== null) this.#hours.addCall(region, timeMs);
  }

  #locations(): readonly LocationCount[] {
    const ours = new Set(this.#parts.locations.values());
    return Array.from(this.#hours.loggedCounts(), ([location, callCount]) => ({
      location,
      places: this.#parts.placesOf(location),
      callCount,
      isOurs: ours.has(location),
    })).toSorted((left, right) => right.callCount - left.callCount);
  }

  #takeEntry(bytes: Uint8Array): void {
    if (!mayBe(bytes, "outcome")) return;
    const entry = parseEntry(bytes);
    if (entry.ok && entry.value.t === "outcome") this.#takeOutcome(entry.value);
  }

  /** An outcome does not say when each of its attempts took place, only when the request came and when it was over. */
  #takeOutcome(outcome: StoredOutcome): void {
    if (outcome.result === "unknown") this.#unknownOutcomeCount++;
    for (const { endpoint, sent, requestId, failure } of outcomeView(outcome).attempts) {
      const location = this.#parts.locations.get(endpoint);
      if (location === undefined || sent === false) continue;
      this.#hours.addAttempt({
        location,
        fromMs: outcome.ts - (outcome.durationMs ?? hourMs),
        untilMs: outcome.ts,
        isServed: requestId !== null && failure === null,
      });
    }
  }
}
