// Which attempts the ledger knows, by the id that the provider gave to the call. Owner: one run of `reconcile`.
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type EndpointId, type InstantMs, parseJson, type Place } from "../../base/index.ts";
import {
  type AttemptEvidence,
  type CorrectionEntry,
  outcomeView,
  parseEntry,
  type StoredOutcome,
} from "../../ledger/index.ts";
import { mayBe, type OpenLogs, PublishedEntries } from "./published-entries.ts";

export interface KnownAttempt {
  readonly origin: string;
  /** Of the outcome. */
  readonly index: number;
  /** Position in the outcome's attempts. */
  readonly attempt: number;
  readonly endpoint: EndpointId;
  /** Null where the version of its entry did not record it. */
  readonly allowed: readonly Place[] | null;
  /** What the answer itself showed of where it was computed; null where it showed nothing. */
  readonly shown: Pick<AttemptEvidence, "grade" | "places"> | null;
}

/** Of a fact about an attempt: nobody has recorded it, or the ledger has it, or this log told it before. */
export type Standing = "new" | "recorded" | "told";

export interface UnheardAttempt extends Pick<KnownAttempt, "origin" | "index" | "attempt" | "endpoint"> {
  readonly requestId: string;
}

/**
 * In a temporary database of SQLite's, which goes to disk as it grows and is gone with the process: so memory is the same
 * for a thousand attempts and for ten million.
 */
export class AttemptTable {
  readonly #database: DatabaseSync = new DatabaseSync("");
  readonly #entries: PublishedEntries;
  readonly #endpoints: ReadonlySet<EndpointId>;
  readonly #insert: StatementSync;
  readonly #correct: StatementSync;
  readonly #find: StatementSync;
  readonly #tell: StatementSync;
  readonly #tellRecorded: StatementSync;
  readonly #hear: StatementSync;
  readonly #meet: StatementSync;
  /** Attempts at these endpoints whose answers named no call: nothing can be held against them. */
  namelessCount = 0;

  /** `endpoints`: the provider's. */
  constructor(openLogs: OpenLogs, endpoints: ReadonlySet<EndpointId>) {
    this.#entries = new PublishedEntries(openLogs);
    this.#endpoints = endpoints;
    this.#database.exec(tables);
    const prepare = (sql: string): StatementSync => this.#database.prepare(sql);
    this.#insert = prepare("INSERT OR IGNORE INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)");
    this.#correct = prepare("INSERT OR IGNORE INTO corrections VALUES (?, ?, ?, ?, 0)");
    this.#find = prepare("SELECT * FROM attempts WHERE requestId = ?");
    this.#tell = prepare("INSERT OR IGNORE INTO corrections VALUES (?, ?, ?, ?, 1)");
    this.#tellRecorded = prepare(
      'UPDATE corrections SET told = 1 WHERE told = 0 AND origin = ? AND "index" = ? AND attempt = ? AND evidence = ?',
    );
    this.#hear = prepare("UPDATE attempts SET heard = 1 WHERE requestId = ?");
    this.#meet = prepare("INSERT OR IGNORE INTO strangers VALUES (?)");
  }

  /** Reads what was published since it was called last. */
  async catchUp(onProgress: (read: number, size: number) => void): Promise<void> {
    this.#database.exec("BEGIN");
    try {
      await this.#entries.readOn({ take: (...entry) => this.#take(...entry), onProgress });
    } finally {
      this.#database.exec("COMMIT");
    }
  }

  /** All of that id: a provider's ids are its own affair, and may not be unique. */
  find(requestId: string): readonly KnownAttempt[] {
    return this.#find.all(requestId).map((row) => attemptOf(row as unknown as AttemptRow));
  }

  /** The log has told of it. */
  hear(requestId: string): void {
    this.#hear.run(requestId);
  }

  /** The log tells of a call that is no attempt's. False where it told of it before: some logs tell of a call twice. */
  meetStranger(requestId: string): boolean {
    return this.#meet.run(requestId).changes === 1;
  }

  /** The log tells it. */
  tell({ origin, index, attempt }: KnownAttempt, evidence: CorrectionEntry["evidence"]): Standing {
    const fact = [origin, index, attempt, textOf(evidence)];
    if (this.#tell.run(...fact).changes === 1) return "new";
    return this.#tellRecorded.run(...fact).changes === 1 ? "recorded" : "told";
  }

  /** Attempts between two moments, both inclusive, of which the log has not told; the first `most` of them. */
  unheard(fromMs: InstantMs, untilMs: InstantMs, most: number): readonly UnheardAttempt[] {
    const rows = this.#database
      .prepare(
        'SELECT origin, "index", attempt, endpoint, requestId FROM attempts WHERE heard = 0 AND timeMs BETWEEN ? AND ? ORDER BY timeMs LIMIT ?',
      )
      .all(fromMs, untilMs, most);
    return rows.map((row) => ({ ...row }) as unknown as UnheardAttempt);
  }

  countUnheard(fromMs: InstantMs, untilMs: InstantMs): number {
    const row = this.#database
      .prepare("SELECT count(*) AS count FROM attempts WHERE heard = 0 AND timeMs BETWEEN ? AND ?")
      .get(fromMs, untilMs);
    return Number(row?.["count"] ?? 0);
  }

  close(): void {
    this.#database.close();
  }

  #take(origin: string, index: number, bytes: Uint8Array): void {
    if (!mayBe(bytes, "outcome") && !mayBe(bytes, "correction")) return;
    const entry = parseEntry(bytes);
    if (!entry.ok) return;
    if (entry.value.t === "outcome") this.#takeOutcome({ origin, index }, entry.value);
    if (entry.value.t === "correction") {
      const { of, attempt, evidence } = entry.value;
      this.#correct.run(of.origin, of.index, attempt, textOf(evidence));
    }
  }

  #takeOutcome({ origin, index }: CorrectionEntry["of"], outcome: StoredOutcome): void {
    for (const [attempt, view] of outcomeView(outcome).attempts.entries()) {
      const { endpoint, sent, requestId, allowed, evidence, observedAt } = view;
      if (sent === false || !this.#endpoints.has(endpoint)) continue;
      if (requestId === null) this.namelessCount++;
      else {
        const told = [textOrNull(allowed), textOrNull(evidence)];
        this.#insert.run(requestId, origin, index, attempt, endpoint, ...told, observedAt ?? outcome.ts);
      }
    }
  }
}

const tables = `
  CREATE TABLE attempts (
    requestId TEXT, origin TEXT, "index" INTEGER, attempt INTEGER, endpoint TEXT, allowed TEXT, shown TEXT,
    timeMs INTEGER, heard INTEGER, PRIMARY KEY (requestId, origin, "index", attempt)
  ) WITHOUT ROWID;
  CREATE TABLE corrections (
    origin TEXT, "index" INTEGER, attempt INTEGER, evidence TEXT, told INTEGER,
    PRIMARY KEY (origin, "index", attempt, evidence)
  ) WITHOUT ROWID;
  CREATE TABLE strangers (requestId TEXT PRIMARY KEY) WITHOUT ROWID;
`;

interface AttemptRow extends Omit<KnownAttempt, "allowed" | "shown"> {
  readonly allowed: string | null;
  readonly shown: string | null;
}

function attemptOf({ origin, index, attempt, endpoint, allowed, shown }: AttemptRow): KnownAttempt {
  return {
    origin,
    index,
    attempt,
    endpoint,
    allowed: allowed === null ? null : (parseJson(allowed) as readonly Place[]),
    shown: shown === null ? null : (parseJson(shown) as AttemptEvidence),
  };
}

function textOrNull(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}

function textOf({ grade, source, places }: CorrectionEntry["evidence"]): string {
  return JSON.stringify([grade, source, places]);
}
