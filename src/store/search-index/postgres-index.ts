// The index of a fleet: every replica's follower writes its own log's rows into one PostgreSQL database.
// Whoever opens it owns its state.
import { Client, type QueryResult } from "pg";
import type { LogHead } from "../../ledger/index.ts";
import type { Position } from "../log/ledger.ts";
import {
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
  type ColumnValue,
  createTableIndexes,
  createTables,
  type Mark,
  marksOf,
  recordColumns,
  recordOf,
  type RecordRow,
  recordValues,
  subjectMarksOf,
  tablesVersion,
} from "./tables.ts";

/** All tables are in a schema of this name, which is ours alone. */
const schema = "bailiwick_index";
const connectTimeoutMs = 10_000;
const statementTimeoutMs = 120_000;

/** Rejects with {@link UnusableIndexError} where the server cannot be reached or refuses; the password is in no message. */
export async function openPostgresIndex(url: string): Promise<SearchIndex> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    application_name: "bailiwick-index",
  });
  // A connection that breaks while it is idle says so here; the next statement then fails on its own.
  client.on("error", () => undefined);
  try {
    await client.connect();
    await prepareTables(client);
    return new PostgresIndex(client);
  } catch (error) {
    await client.end().catch(() => undefined);
    const { message, code = "" } = error as Error & { readonly code?: string };
    const where = `PostgreSQL \`${client.database ?? ""}\` at ${client.host}:${client.port}`;
    throw new UnusableIndexError(`${where} cannot be used: ${message || code}`, { cause: error });
  }
}

/** One at a time: replicas that start together would create the same tables. */
async function prepareTables(client: Client): Promise<void> {
  await inTransaction(client, async () => {
    await client.query("SELECT pg_advisory_xact_lock(hashtext($1))", [schema]);
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    await client.query(`SET search_path TO ${schema}`);
    await client.query("CREATE TABLE IF NOT EXISTS version (version INTEGER NOT NULL)");
    const { rows } = await client.query<{ version: number }>("SELECT version FROM version");
    if (rows[0]?.version === tablesVersion) return;
    await client.query("DROP TABLE IF EXISTS mark, record, log");
    for (const statement of createTables) {
      await client.query(statement.replace("id INTEGER PRIMARY KEY", "id SERIAL PRIMARY KEY"));
    }
    for (const statement of createTableIndexes) await client.query(statement);
    await client.query("DELETE FROM version");
    await client.query("INSERT INTO version VALUES ($1)", [tablesVersion]);
  });
}

/** A mark with the place of its record. */
interface PlacedMark extends Mark {
  readonly position: number;
}

class PostgresIndex implements SearchIndex {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async heads(): Promise<readonly LogHead[]> {
    const { rows } = await this.#client.query<RecordRow>(
      "SELECT origin, size, root FROM log ORDER BY origin",
    );
    return rows.map(({ origin, size, root }) => ({
      origin: String(origin),
      size: Number(size),
      root: String(root),
    }));
  }

  async add(batch: IndexBatch): Promise<void> {
    await inTransaction(this.#client, async () => {
      const log = await this.#moveHead(batch);
      await this.#insert(log, batch.records);
      await this.#complete(log, batch.completions);
      await this.#mark(log, marksOfBatch(batch));
      await this.#follow(log, batch.followers);
    });
  }

  async drop(origin: string): Promise<void> {
    await inTransaction(this.#client, async () => {
      for (const table of ["record", "mark"]) {
        await this.#client.query(`DELETE FROM ${table} USING log WHERE log = log.id AND log.origin = $1`, [
          origin,
        ]);
      }
      await this.#client.query("DELETE FROM log WHERE origin = $1", [origin]);
    });
  }

  async query(query: IndexQuery): Promise<IndexPage> {
    if (query.after !== undefined) await this.#requirePosition(query.after);
    const { text, values } = selectStatement(query, dollar);
    const { rows } = await this.#client.query<RecordRow>(text, [...values]);
    return { records: rows.slice(0, query.limit).map(recordOf), hasMore: rows.length > query.limit };
  }

  async #requirePosition(position: Position): Promise<void> {
    const { text, values } = positionStatement(position, dollar);
    if ((await this.#client.query(text, [...values])).rows.length === 0) throw unknownPosition(position);
  }

  async close(): Promise<void> {
    await this.#client.end();
  }

  /** Locks the log's row until the transaction ends, and returns its number. */
  async #moveHead({ from, to }: IndexBatch): Promise<number> {
    if (from.size === 0) {
      const insert =
        "INSERT INTO log (origin, size, root) VALUES ($1, 0, $2) ON CONFLICT (origin) DO NOTHING";
      await this.#client.query(insert, [from.origin, from.root]);
    }
    const { rows } = await this.#client.query<{ id: number }>(
      "UPDATE log SET size = $1, root = $2 WHERE origin = $3 AND size = $4 AND root = $5 RETURNING id",
      [to.size, to.root, from.origin, from.size, from.root],
    );
    const id = rows[0]?.id;
    if (id === undefined) throw new IndexMovedError(from.origin);
    return id;
  }

  async #insert(log: number, records: readonly IndexRecord[]): Promise<void> {
    const columns = columnsOf(records.map(recordValues), recordColumns);
    await this.#client.query(
      `INSERT INTO record (log, ${recordColumns.join(", ")}) SELECT $1, * FROM unnest(${arrays(recordColumns, 2)})`,
      [log, ...columns],
    );
  }

  async #complete(log: number, completions: IndexBatch["completions"]): Promise<void> {
    if (completions.length === 0) return;
    const names = ["position", ...completionColumns];
    const rows = completions.map(({ decision, completion }) => [decision, ...completionValues(completion)]);
    await this.#client.query(
      `UPDATE record SET ${completionColumns.map((column) => `${column} = given.${column}`).join(", ")} ` +
        `FROM unnest(${arrays(names, 2)}) AS given (${names.join(", ")}) ` +
        "WHERE record.log = $1 AND record.position = given.position",
      [log, ...columnsOf(rows, names)],
    );
  }

  async #mark(log: number, marks: readonly PlacedMark[]): Promise<void> {
    const names = ["role", "word", "position"];
    const rows = marks.map(({ role, word, position }) => [role, word, position]);
    await this.#client.query(
      "INSERT INTO mark (role, word, time_ms, log, position) " +
        `SELECT given.role, given.word, record.time_ms, $1, given.position FROM unnest(${arrays(names, 2)}) ` +
        `AS given (${names.join(", ")}) JOIN record ON record.log = $1 AND record.position = given.position ` +
        "ON CONFLICT DO NOTHING",
      [log, ...columnsOf(rows, names)],
    );
  }

  async #follow(log: number, followers: IndexBatch["followers"]): Promise<void> {
    if (followers.length === 0) return;
    await this.#client.query(
      "UPDATE record SET tenant = decision.tenant, subject = decision.subject " +
        "FROM unnest($2::bigint[], $3::bigint[]) AS given (follower, leader), record AS decision " +
        "WHERE record.log = $1 AND record.position = given.follower " +
        "AND decision.log = $1 AND decision.position = given.leader",
      [log, followers.map(({ index }) => index), followers.map(({ decision }) => decision)],
    );
  }
}

function marksOfBatch({ records, completions }: IndexBatch): PlacedMark[] {
  return [
    ...records.flatMap((record) =>
      [...marksOf(record), ...subjectMarksOf(record)].map((mark) => ({ ...mark, position: record.index })),
    ),
    ...completions.flatMap(({ decision, completion }) =>
      marksOf(completion).map((mark) => ({ ...mark, position: decision })),
    ),
  ];
}

const numericColumns: ReadonlySet<string> = new Set(["position", "time_ms", "outcome"]);

/** `$2::bigint[], $3::text[]`: one array a column, so that a batch is one statement whatever its length. */
function arrays(names: readonly string[], first: number): string {
  return names
    .map((name, at) => `$${first + at}::${numericColumns.has(name) ? "bigint" : "text"}[]`)
    .join(", ");
}

function columnsOf(rows: readonly (readonly ColumnValue[])[], names: readonly string[]): ColumnValue[][] {
  return names.map((_, column) => rows.map((row) => row[column] ?? null));
}

async function inTransaction(client: Client, run: () => Promise<void>): Promise<void> {
  await client.query("BEGIN");
  try {
    await run();
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch((): QueryResult | null => null);
    throw error;
  }
}

function dollar(number: number): string {
  return `$${number}`;
}
