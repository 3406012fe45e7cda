// The index of one cell, or of one copy of a log: a file, through the SQLite that is a part of Node.
// Whoever opens it owns its state.
import { chmodSync, existsSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { makeDirectories } from "../../disk/index.ts";
import type { LogHead } from "../../ledger/index.ts";
import type { Position } from "../log/ledger.ts";
import {
  type Completion,
  type IndexBatch,
  IndexMovedError,
  type IndexPage,
  type IndexQuery,
  type IndexRecord,
  type SearchIndex,
  unknownPosition,
  UnusableIndexError,
} from "./search-index.ts";
import { positionStatement, selectStatement } from "./select-statement.ts";
import {
  completionColumns,
  completionValues,
  createTableIndexes,
  createTables,
  type Mark,
  marksOf,
  recordColumns,
  recordOf,
  recordValues,
  subjectMarksOf,
  tablesVersion,
} from "./tables.ts";

/** "BwIx": whose file it is, in SQLite's own header (`PRAGMA application_id`). */
const applicationId = 0x42774978;

const busyTimeoutMs = 10_000;

/**
 * Opens the file, and makes it where it is missing, damaged, or of another version: what it holds is in the log. Rejects
 * with {@link UnusableIndexError} for a database that another program made.
 */
export function openSqliteIndex(file: string): SearchIndex {
  makeDirectories(dirname(file), 0o700);
  try {
    return new SqliteIndex(openDatabase(file));
  } catch (error) {
    if (!isDamaged(error)) throw error;
    for (const path of [file, `${file}-wal`, `${file}-shm`]) rmSync(path, { force: true });
    return new SqliteIndex(openDatabase(file));
  }
}

function openDatabase(file: string): DatabaseSync {
  const isNew = !existsSync(file);
  const database = new DatabaseSync(file, { timeout: busyTimeoutMs });
  try {
    if (isNew) chmodSync(file, 0o600);
    prepareTables(database, file);
    // A crash may lose the last transactions and tears none: records and position stay together.
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function prepareTables(database: DatabaseSync, file: string): void {
  inTransaction(database, () => {
    const owner = pragma(database, "application_id");
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    if (owner !== applicationId && tables.length > 0) {
      throw new UnusableIndexError(`\`${file}\` is a database of another program; name another file`);
    }
    if (owner === applicationId && pragma(database, "user_version") === tablesVersion) return;
    for (const { name } of tables) database.exec(`DROP TABLE "${String(name)}"`);
    for (const statement of [...createTables, ...createTableIndexes]) {
      database.exec(statement.replace(/(PRIMARY KEY \([^)]*\))\)$/, "$1) WITHOUT ROWID"));
    }
    database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${tablesVersion}`);
  });
}

class SqliteIndex implements SearchIndex {
  readonly #database: DatabaseSync;
  readonly #insertRecord: StatementSync;
  readonly #insertMark: StatementSync;
  readonly #complete: StatementSync;
  readonly #follow: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    const places = recordColumns.map(() => "?").join(", ");
    this.#insertRecord = database.prepare(
      `INSERT INTO record (log, ${recordColumns.join(", ")}) VALUES (?, ${places})`,
    );
    this.#insertMark = database.prepare(
      "INSERT OR IGNORE INTO mark (role, word, time_ms, log, position) VALUES (?, ?, ?, ?, ?)",
    );
    this.#complete = database.prepare(
      `UPDATE record SET ${completionColumns.map((column) => `${column} = ?`).join(", ")} ` +
        "WHERE log = ? AND position = ? RETURNING time_ms",
    );
    this.#follow = database.prepare(
      "UPDATE record SET (tenant, subject) = (SELECT decision.tenant, decision.subject FROM record AS decision " +
        "WHERE decision.log = record.log AND decision.position = ?) WHERE log = ? AND position = ?",
    );
  }

  async heads(): Promise<readonly LogHead[]> {
    const rows = this.#database.prepare("SELECT origin, size, root FROM log ORDER BY origin").all();
    return rows.map(({ origin, size, root }) => ({
      origin: String(origin),
      size: Number(size),
      root: String(root),
    }));
  }

  async add(batch: IndexBatch): Promise<void> {
    inTransaction(this.#database, () => {
      const log = this.#moveHead(batch);
      for (const record of batch.records) this.#insert(log, record);
      for (const { decision, completion } of batch.completions)
        this.#completeDecision(log, decision, completion);
      for (const { index, decision } of batch.followers) this.#follow.run(decision, log, index);
    });
  }

  async drop(origin: string): Promise<void> {
    inTransaction(this.#database, () => {
      for (const table of ["record", "mark"]) {
        this.#database
          .prepare(`DELETE FROM ${table} WHERE log IN (SELECT id FROM log WHERE origin = ?)`)
          .run(origin);
      }
      this.#database.prepare("DELETE FROM log WHERE origin = ?").run(origin);
    });
  }

  async query(query: IndexQuery): Promise<IndexPage> {
    if (query.after !== undefined) await this.#requirePosition(query.after);
    const { text, values } = selectStatement(query, () => "?");
    const rows = this.#database.prepare(text).all(...values);
    const records = rows.slice(0, query.limit).map((row) => recordOf(row as Parameters<typeof recordOf>[0]));
    return { records, hasMore: rows.length > query.limit };
  }

  async #requirePosition(position: Position): Promise<void> {
    const { text, values } = positionStatement(position, () => "?");
    if (this.#database.prepare(text).get(...values) === undefined) throw unknownPosition(position);
  }

  async close(): Promise<void> {
    this.#database.exec("PRAGMA optimize");
    this.#database.close();
  }

  /** Returns the log's number. */
  #moveHead({ from, to }: IndexBatch): number {
    const found = this.#database
      .prepare("SELECT id, size, root FROM log WHERE origin = ?")
      .get(from.origin) as { id: number; size: number; root: string } | undefined;
    if (found === undefined ? from.size !== 0 : found.size !== from.size || found.root !== from.root) {
      throw new IndexMovedError(from.origin);
    }
    if (found === undefined) {
      const insert = this.#database.prepare("INSERT INTO log (origin, size, root) VALUES (?, ?, ?)");
      return Number(insert.run(to.origin, to.size, to.root).lastInsertRowid);
    }
    this.#database.prepare("UPDATE log SET size = ?, root = ? WHERE id = ?").run(to.size, to.root, found.id);
    return found.id;
  }

  #insert(log: number, record: IndexRecord): void {
    this.#insertRecord.run(log, ...recordValues(record));
    const marks = [...marksOf(record), ...subjectMarksOf(record)];
    this.#mark(marks, { log, position: record.index, timeMs: record.timeMs });
  }

  #completeDecision(log: number, position: number, completion: Completion): void {
    const completed = this.#complete.get(...completionValues(completion), log, position);
    if (completed === undefined) return;
    this.#mark(marksOf(completion), { log, position, timeMs: Number(completed["time_ms"]) });
  }

  #mark(
    marks: readonly Mark[],
    at: { readonly log: number; readonly position: number; readonly timeMs: number },
  ): void {
    for (const { role, word } of marks) this.#insertMark.run(role, word, at.timeMs, at.log, at.position);
  }
}

function inTransaction(database: DatabaseSync, run: () => void): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    run();
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

function pragma(database: DatabaseSync, name: "application_id" | "user_version"): unknown {
  return database.prepare(`PRAGMA ${name}`).get()?.[name];
}

/** SQLITE_CORRUPT and SQLITE_NOTADB (https://sqlite.org/rescode.html). */
function isDamaged(error: unknown): boolean {
  const code = (error as { readonly errcode?: unknown }).errcode;
  return typeof code === "number" && ((code & 0xff) === 11 || (code & 0xff) === 26);
}
