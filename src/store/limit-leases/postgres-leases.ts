// The leases of a cell's replicas, in one PostgreSQL database. Its clock alone says which are over.
import { Client } from "pg";
import { dayMs } from "../../base/index.ts";
import { type BudgetAsk, grantBudget, grantShare, type KnownShares } from "./grants.ts";
import {
  leaseAnswerMs,
  type LeaseAnswers,
  type LeaseAsks,
  LeaseGarbageError,
  leaseMs,
  type LeaseStore,
  type ReplicaName,
} from "./lease-store.ts";

/** All tables are in a schema of this name, which is ours alone. */
const schema = "bailiwick_limits";

const tables = [
  `CREATE SCHEMA IF NOT EXISTS ${schema}`,
  `CREATE TABLE IF NOT EXISTS ${schema}.replica (scope TEXT, replica TEXT, incarnation TEXT NOT NULL,
    ends TIMESTAMPTZ NOT NULL, PRIMARY KEY (scope, replica))`,
  `CREATE TABLE IF NOT EXISTS ${schema}.share (scope TEXT, name TEXT, replica TEXT, held FLOAT8 NOT NULL,
    want FLOAT8 NOT NULL, ends TIMESTAMPTZ NOT NULL, PRIMARY KEY (scope, name, replica))`,
  `CREATE TABLE IF NOT EXISTS ${schema}.budget (scope TEXT, tenant TEXT, since_ms BIGINT, replica TEXT,
    ceiling NUMERIC NOT NULL, spent NUMERIC NOT NULL, PRIMARY KEY (scope, tenant, since_ms, replica))`,
  `CREATE INDEX IF NOT EXISTS budget_period ON ${schema}.budget (scope, since_ms)`,
];

/** The longest period, and as long again for replicas whose clocks are behind. */
const keptMs = 62 * dayMs;

/**
 * Before this the lease of a replica was over that is forgotten. Nobody reads what it was lent any more (its budgets stay, for what it spent of
 * them); the day is for a database whose clock is set back, by which a lease may not be over yet.
 */
const longAgo = "clock_timestamp() - INTERVAL '1 day'";

const lease = `${leaseMs} * INTERVAL '1 millisecond'`;

const statements = {
  lock: "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
  register: `INSERT INTO ${schema}.replica AS known VALUES ($1, $2, $3, clock_timestamp() + ${lease})
    ON CONFLICT (scope, replica) DO UPDATE SET incarnation = excluded.incarnation, ends = excluded.ends
    WHERE known.incarnation = excluded.incarnation OR known.ends < clock_timestamp() RETURNING
    (SELECT count(*) FROM ${schema}.replica AS other WHERE other.scope = $1 AND other.replica <> $2 AND other.ends > clock_timestamp()) AS others,
    EXISTS (SELECT FROM ${schema}.replica AS other WHERE other.scope = $1 AND other.replica <> $2 AND other.ends < ${longAgo}) AS knows_gone`,
  // One of them each time, and its name once all is gone that it was lent.
  forgetGone: `WITH gone AS (SELECT replica FROM ${schema}.replica WHERE scope = $1 AND ends < ${longAgo} LIMIT 1),
    forgotten AS (DELETE FROM ${schema}.share WHERE ctid = ANY(ARRAY(
      SELECT share.ctid FROM ${schema}.share JOIN gone USING (replica) WHERE scope = $1 LIMIT 1000)) RETURNING 1)
    DELETE FROM ${schema}.replica WHERE scope = $1 AND replica IN (SELECT replica FROM gone)
    AND (SELECT count(*) FROM forgotten) < 1000`,
  shares: `SELECT name, replica = $2 AS is_own, held, want FROM ${schema}.share
    WHERE scope = $1 AND name = ANY($3) AND ends > clock_timestamp()`,
  budgets: `SELECT tenant, since_ms, ceiling::text, spent::text FROM ${schema}.budget
    WHERE scope = $1 AND tenant = ANY($3) AND since_ms = ANY($4) AND replica <> $2`,
  // So many that no exchange is late for it.
  forgetBudgets: `DELETE FROM ${schema}.budget WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM ${schema}.budget WHERE scope = $1 AND since_ms < $2 LIMIT 1000))`,
  begun: "SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now_ms",
  writeShares: `INSERT INTO ${schema}.share SELECT $1, name, $2, held, want, clock_timestamp() + ${lease}
    FROM jsonb_to_recordset($3::jsonb) AS given (name TEXT, held FLOAT8, want FLOAT8)
    ON CONFLICT (scope, name, replica) DO UPDATE SET held = excluded.held, want = excluded.want, ends = excluded.ends`,
  writeBudgets: `INSERT INTO ${schema}.budget SELECT $1, tenant, since_ms, $2, ceiling, spent
    FROM jsonb_to_recordset($3::jsonb) AS given (tenant TEXT, since_ms BIGINT, ceiling NUMERIC, spent NUMERIC)
    ON CONFLICT (scope, tenant, since_ms, replica) DO UPDATE SET ceiling = excluded.ceiling, spent = excluded.spent`,
  leaveReplica: `DELETE FROM ${schema}.replica WHERE scope = $1 AND replica = $2 AND incarnation = $3`,
  leaveShares: `DELETE FROM ${schema}.share WHERE scope = $1 AND replica = $2`,
} as const;

/** Connects when it is first asked, and anew after a failure. The password is in no message. */
export function openPostgresLeases(url: string, name: ReplicaName): LeaseStore {
  return new PostgresLeases(url, name);
}

class PostgresLeases implements LeaseStore {
  readonly #url: string;
  readonly #name: ReplicaName;
  #client: Client | null = null;

  constructor(url: string, name: ReplicaName) {
    this.#url = url;
    this.#name = name;
  }

  exchange(asks: LeaseAsks): Promise<LeaseAnswers | null> {
    return this.#within((client) => this.#exchange(client, asks));
  }

  async leave(): Promise<void> {
    const { scope, replica, incarnation } = this.#name;
    await this.#within(async (client) => {
      const { rowCount } = await client.query(statements.leaveReplica, [scope, replica, incarnation]);
      if (rowCount !== 0) await client.query(statements.leaveShares, [scope, replica]);
    }).finally(() => this.#hangUp());
  }

  async #exchange(client: Client, { shares, budgets }: LeaseAsks): Promise<LeaseAnswers | null> {
    const { scope, replica, incarnation, replicas } = this.#name;
    await client.query("BEGIN");
    await client.query(statements.lock, [scope]);
    const registered = await client.query<Row>(statements.register, [scope, replica, incarnation]);
    const { others, knows_gone: knowsGone } = registered.rows[0] ?? {};
    if (others === undefined || numberIn("others", others) >= replicas) {
      await client.query("ROLLBACK");
      return null;
    }
    if (knowsGone === true) await client.query(statements.forgetGone, [scope]);
    const answers = {
      shares: shares.length === 0 ? [] : await this.#grantShares(client, shares),
      budgets: budgets.length === 0 ? [] : await this.#grantBudgets(client, budgets),
    };
    await client.query("COMMIT");
    return answers;
  }

  async #grantShares(client: Client, asks: LeaseAsks["shares"]): Promise<LeaseAnswers["shares"]> {
    const { scope, replica, replicas } = this.#name;
    const { rows } = await client.query<Row>(statements.shares, [
      scope,
      replica,
      asks.map(({ name }) => name),
    ]);
    const known = Map.groupBy(rows, (row) => String(row["name"]));
    const granted = asks.map((ask) => {
      const shares = knownSharesIn(known.get(ask.name) ?? []);
      return { ...ask, ...grantShare(ask, shares, replicas) };
    });
    const written = granted.map(({ name, held, want }) => ({ name, held, want }));
    await client.query(statements.writeShares, [scope, replica, JSON.stringify(written)]);
    return granted.map(({ name, granted: share }) => ({ name, granted: share }));
  }

  async #grantBudgets(client: Client, asks: readonly BudgetAsk[]): Promise<LeaseAnswers["budgets"]> {
    const { scope, replica } = this.#name;
    const clock = await client.query<Row>(statements.begun);
    const nowMs = numberIn("now_ms", clock.rows[0]?.["now_ms"]);
    const oldestMs = Math.floor(nowMs - keptMs);
    // A period that has not begun by the store's clock is one of a replica whose clock is ahead. Of one that is long over
    // nobody knows any more what was lent of it.
    const lendable = asks.filter(({ sinceMs }) => sinceMs <= nowMs && sinceMs >= oldestMs);
    await client.query(statements.forgetBudgets, [scope, oldestMs]);
    const { rows } = await client.query<Row>(statements.budgets, [
      scope,
      replica,
      lendable.map(({ tenant }) => tenant),
      Array.from(new Set(lendable.map(({ sinceMs }) => sinceMs))),
    ]);
    const others = Map.groupBy(rows, (row) => periodName(String(row["tenant"]), Number(row["since_ms"])));
    const answers = lendable.map((ask) => {
      const { tenant, sinceMs, spent } = ask;
      const known = (others.get(periodName(tenant, sinceMs)) ?? []).map((row) => ({
        ceiling: amountIn("ceiling", row["ceiling"]),
        spent: amountIn("spent", row["spent"]),
      }));
      return { tenant, sinceMs, spent, ...grantBudget(ask, known) };
    });
    const written = answers.map(({ tenant, sinceMs, ceiling, spent }) => ({
      tenant,
      since_ms: sinceMs,
      ceiling: String(ceiling),
      spent: String(spent),
    }));
    await client.query(statements.writeBudgets, [scope, replica, JSON.stringify(written)]);
    return answers.map(({ spent: _own, ...answer }) => answer);
  }

  /** A connection that failed once, or is late, is not used again: its next answer could be to the question before. */
  async #within<Value>(run: (client: Client) => Promise<Value>): Promise<Value> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error("the lease store is late")), leaseAnswerMs);
    const answer = this.#connected().then(run);
    answer.catch(() => undefined);
    try {
      return await Promise.race([answer, late.promise]);
    } catch (error) {
      this.#hangUp();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #connected(): Promise<Client> {
    if (this.#client !== null) return this.#client;
    const client = new Client({
      connectionString: this.#url,
      connectionTimeoutMillis: leaseAnswerMs,
      // What a replica that stands still has locked would be locked for all.
      options: `-c statement_timeout=${leaseAnswerMs} -c idle_in_transaction_session_timeout=${leaseAnswerMs}`,
      application_name: "bailiwick-limits",
    });
    // A connection that breaks while it is idle says so here; the next statement then fails on its own.
    client.on("error", () => undefined);
    this.#client = client;
    await client.connect();
    await prepareTables(client);
    return client;
  }

  #hangUp(): void {
    const client = this.#client;
    this.#client = null;
    void client?.end().catch(() => undefined);
  }
}

type Row = Readonly<Record<string, unknown>>;

/** One at a time: replicas that start together would create the same tables. */
async function prepareTables(client: Client): Promise<void> {
  await client.query("BEGIN");
  await client.query(statements.lock, [schema]);
  for (const table of tables) await client.query(table);
  await client.query("COMMIT");
}

function periodName(tenant: string, sinceMs: number): string {
  return `${sinceMs} ${tenant}`;
}

function knownSharesIn(rows: readonly Row[]): KnownShares {
  const heldIn = (row: Row): number => numberIn("held", row["held"]);
  const [own] = rows.filter((row) => row["is_own"] === true);
  const others = rows.filter((row) => row !== own);
  return {
    own: own === undefined ? 0 : heldIn(own),
    others: others.map((row) => ({ held: heldIn(row), want: numberIn("want", row["want"]) })),
  };
}

function numberIn(column: string, value: unknown): number {
  const number = Number(value);
  if (value === null || !Number.isFinite(number) || number < 0) throw new LeaseGarbageError(column);
  return number;
}

function amountIn(column: string, value: unknown): bigint {
  if (typeof value !== "string" || !/^\d+$/.test(value)) throw new LeaseGarbageError(column);
  return BigInt(value);
}
