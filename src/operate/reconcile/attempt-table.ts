// Which attempts the ledger knows, by the id that the provider gave to the call. Owner: one run of `reconcile`.
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type EndpointId, type InstantMs, parseJson, type Place } from "../../base/index.ts";
import { type CorrectionEntry, outcomeView, parseEntry, type StoredOutcome } from "../../ledger/index.ts";
import type { PublishedLog } from "../../store/index.ts";

export interface KnownAttempt {
  readonly origin: string;
  /** Of the outcome. */
  readonly index: number;
  /** Position in the outcome's attempts. */
  readonly attempt: number;
  readonly endpoint: EndpointId;
  /** Null where the version of its entry did not record it. */
  readonly allowed: readonly Place[] | null;
}

/** Of a fact about an attempt: nobody has recorded it, or the ledger has it, or this log told it before. */
export type Standing = "new" | "recorded" | "told";

export interface UnheardAttempt extends Pick<KnownAttempt, "origin" | "index" | "attempt" | "endpoint"> {
  readonly requestId: string;
}

type OpenLogs = () => Promise<readonly PublishedLog[]>;

/**
 * In a temporary database of SQLite's, which goes to disk as it grows and is gone with the process: so memory is the same
 * for a thousand attempts and for ten million.
 */
export class AttemptTable {
  readonly #database: DatabaseSync = new DatabaseSync("");
  readonly #openLogs: OpenLogs;
  readonly #endpoints: ReadonlySet<EndpointId>;
  /** By origin: entries read. */
  readonly #read = new Map<string, number>();
  readonly #insert: StatementSync;
  readonly #correct: StatementSync;
  readonly #find: StatementSync;
  readonly #tell: StatementSync;
  readonly #tellRecorded: StatementSync;
  readonly #hear: StatementSync;
  /** Attempts at these endpoints whose answers named no call: nothing can be held against them. */
  namelessCount = 0;

  /** `endpoints`: the provider's. */
  constructor(openLogs: OpenLogs, endpoints: ReadonlySet<EndpointId>) {
    this.#openLogs = openLogs;
    this.#endpoints = endpoints;
    this.#database.exec(tables);
    const prepare = (sql: string): StatementSync => this.#database.prepare(sql);
    this.#insert = prepare("INSERT OR IGNORE INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?, 0)");
    this.#correct = prepare("INSERT OR IGNORE INTO corrections VALUES (?, ?, ?, ?, 0)");
    this.#find = prepare("SELECT * FROM attempts WHERE requestId = ?");
    this.#tell = prepare("INSERT OR IGNORE INTO corrections VALUES (?, ?, ?, ?, 1)");
    this.#tellRecorded = prepare(
      'UPDATE corrections SET told = 1 WHERE told = 0 AND origin = ? AND "index" = ? AND attempt = ? AND evidence = ?',
    );
    this.#hear = prepare("UPDATE attempts SET heard = 1 WHERE requestId = ?");
  }

  /** Reads what was published since it was called last. What is read is not verified: that is `ledger verify`'s matter. */
  async catchUp(onProgress: (read: number, size: number) => void): Promise<void> {
    for (const log of await this.#openLogs()) {
      const checkpoint = await log.readCheckpoint();
      if (checkpoint === null || !(await log.hasEntries())) continue;
      const from = this.#read.get(checkpoint.origin) ?? 0;
      if (from >= checkpoint.size) continue;
      await this.#readLog(log, { ...checkpoint, from, onProgress });
      this.#read.set(checkpoint.origin, checkpoint.size);
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

  async #readLog(log: PublishedLog, { origin, size, from, onProgress }: Reading): Promise<void> {
    this.#database.exec("BEGIN");
    try {
      for await (const { index, bytes } of log.readEntries(from, size - 1)) {
        this.#take(origin, index, bytes);
        if (index % progressEvery === 0) onProgress(index, size);
      }
    } finally {
      this.#database.exec("COMMIT");
    }
  }

  #take(origin: string, index: number, bytes: Uint8Array): void {
    // Most entries are neither, and to parse one takes longer than to look for the word.
    const isWanted = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (!isWanted.includes('"t":"outcome"') && !isWanted.includes('"t":"correction"')) return;
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
      const { endpoint, sent, requestId, allowed, observedAt } = view;
      if (sent === false || !this.#endpoints.has(endpoint)) continue;
      if (requestId === null) this.namelessCount++;
      else {
        const places = allowed === null ? null : JSON.stringify(allowed);
        this.#insert.run(requestId, origin, index, attempt, endpoint, places, observedAt ?? outcome.ts);
      }
    }
  }
}

interface Reading {
  readonly origin: string;
  readonly size: number;
  readonly from: number;
  readonly onProgress: (read: number, size: number) => void;
}

const progressEvery = 1_024;

const tables = `
  CREATE TABLE attempts (
    requestId TEXT, origin TEXT, "index" INTEGER, attempt INTEGER, endpoint TEXT, allowed TEXT, timeMs INTEGER,
    heard INTEGER, PRIMARY KEY (requestId, origin, "index", attempt)
  ) WITHOUT ROWID;
  CREATE TABLE corrections (
    origin TEXT, "index" INTEGER, attempt INTEGER, evidence TEXT, told INTEGER,
    PRIMARY KEY (origin, "index", attempt, evidence)
  ) WITHOUT ROWID;
`;

interface AttemptRow extends Omit<KnownAttempt, "allowed"> {
  readonly allowed: string | null;
}

function attemptOf({ origin, index, attempt, endpoint, allowed }: AttemptRow): KnownAttempt {
  const places = allowed === null ? null : (parseJson(allowed) as readonly Place[]);
  return { origin, index, attempt, endpoint, allowed: places };
}

function textOf({ grade, source, places }: CorrectionEntry["evidence"]): string {
  return JSON.stringify([grade, source, places]);
}
