// The records of one run over a provider's log, each read as what it is, and counted.
import { decodeUtf8, parseJson } from "../../base/index.ts";
import type { LoggedCall, ProviderLog } from "./provider-log.ts";
import { providerLogs } from "./provider-logs.ts";

export interface RecordCounts {
  /** All records of the log. */
  readonly recordCount: number;
  /** Those that are about calls of a model. */
  readonly callCount: number;
  /** Those of this log that are about something else. */
  readonly otherCount: number;
  /** Those of no such log. */
  readonly foreignCount: number;
  /** Records about calls in which a member is missing or wrong, by member. */
  readonly unreadable: Readonly<Record<string, number>>;
}

/** Owner: one run. */
export class LogRecords {
  readonly #log: ProviderLog;
  readonly #scopes: readonly string[];
  readonly #counts = { recordCount: 0, callCount: 0, otherCount: 0, foreignCount: 0 };
  readonly #unreadable: Record<string, number> = {};
  /** Of the counts, what they were when the last file had ended. */
  #before = { recordCount: 0, foreignCount: 0 };
  /** The kind of log that the file's first foreign record is of; null where it is of none. */
  #likelyKind: string | null = null;

  /** `scopes`: words before a model's name by which a call may be computed elsewhere than where it was sent. */
  constructor(log: ProviderLog, scopes: readonly string[]) {
    this.#log = log;
    this.#scopes = scopes;
  }

  get counts(): RecordCounts {
    return { ...this.#counts, unreadable: this.#unreadable };
  }

  /** Null for a record that is about no call. Throws {@link UnreadableRecordError} where it is no JSON. */
  read(bytes: Uint8Array): LoggedCall | null {
    const text = decodeUtf8(bytes);
    const value = text === null ? undefined : parseJson(text);
    if (value === undefined)
      throw new UnreadableRecordError(this.#counts.recordCount - this.#before.recordCount + 1);
    this.#counts.recordCount++;
    const record = this.#log.read(value, this.#scopes);
    if (record.kind === "foreign") return this.#noteForeign(value);
    if (record.kind === "other") {
      this.#counts.otherCount++;
      return null;
    }
    this.#counts.callCount++;
    if (record.kind === "call") return record.call;
    this.#unreadable[record.member] = (this.#unreadable[record.member] ?? 0) + 1;
    return null;
  }

  /** A file has ended. Throws {@link ForeignLogError} where nothing in it is of the log. */
  endFile(): void {
    const { recordCount, foreignCount } = this.#counts;
    const count = recordCount - this.#before.recordCount;
    const isForeign = count > 0 && foreignCount - this.#before.foreignCount === count;
    this.#before = { recordCount, foreignCount };
    if (isForeign) throw new ForeignLogError(count, this.#log, this.#likelyKind);
  }

  #noteForeign(record: unknown): null {
    if (this.#counts.foreignCount === this.#before.foreignCount) {
      const likely = providerLogs.find((log) => log.read(record, this.#scopes).kind !== "foreign");
      this.#likelyKind = likely?.name ?? null;
    }
    this.#counts.foreignCount++;
    return null;
  }
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
