// A query as SQL. Its text is made of constants alone; whatever the caller gave is a bound value.
import type { Position } from "../log/ledger.ts";
import type { IndexQuery } from "./search-index.ts";
import { type ColumnValue, type MarkRole, markRoles, recordColumns } from "./tables.ts";

export interface SelectStatement {
  readonly text: string;
  readonly values: readonly ColumnValue[];
}

/** The place of the n-th value, counted from 1: `?` for SQLite, `$1` for PostgreSQL. */
export type Placeholder = (number: number) => string;

const equalities = {
  kind: "record.kind",
  requestId: "record.request_id",
  tenant: "record.tenant",
  subject: "record.subject",
  verdict: "record.verdict",
  error: "record.error",
  evidence: "record.evidence",
} as const satisfies Partial<Record<keyof IndexQuery, string>>;

type Equality = keyof typeof equalities;

/** One record more than the limit, which tells whether there are more. */
export function selectStatement(query: IndexQuery, placeholder: Placeholder): SelectStatement {
  const values: ColumnValue[] = [];
  const bind = (value: ColumnValue): string => placeholder(values.push(value));
  const marked = (Object.keys(markRoles) as MarkRole[]).filter((role) => query[role] !== undefined);
  // The first mark leads: its rows are in the order of the answer already.
  const leading = marked.length > 0 ? "mark0" : "record";
  const joins = marked.map((_, at) => {
    const alias = `mark${at}`;
    const time = at === 0 ? "" : ` AND ${alias}.time_ms = mark0.time_ms`;
    return { alias, on: `${alias}.log = record.log AND ${alias}.position = record.position${time}` };
  });
  const conditions = [
    ...joins.map(({ on }) => on),
    ...marked.flatMap((role, at) => [
      `mark${at}.role = ${bind(markRoles[role])}`,
      `mark${at}.word = ${bind(query[role] ?? null)}`,
    ]),
    ...(Object.keys(equalities) as Equality[])
      .filter((member) => query[member] !== undefined)
      .map((member) => `${equalities[member]} = ${bind(query[member] ?? null)}`),
    ...(query.fromMs === undefined ? [] : [`${leading}.time_ms >= ${bind(query.fromMs)}`]),
    ...(query.untilMs === undefined ? [] : [`${leading}.time_ms < ${bind(query.untilMs)}`]),
    ...(query.after === undefined ? [] : [beyond(leading, query, bind)]),
  ];
  const direction = query.isNewestFirst === true ? "DESC" : "ASC";
  const order = ["time_ms", "log", "position"].map((column) => `${leading}.${column} ${direction}`);
  const text =
    `SELECT log.origin, ${recordColumns.map((column) => `record.${column}`).join(", ")} ` +
    `FROM ${[...joins.map(({ alias }) => `mark AS ${alias}`), "record", "log"].join(", ")} ` +
    `WHERE ${["log.id = record.log", ...conditions].join(" AND ")} ` +
    `ORDER BY ${order.join(", ")} LIMIT ${bind(query.limit + 1)}`;
  return { text, values };
}

/** Selects what comes after the record at a position, in the order of the answer. */
function beyond(leading: string, query: IndexQuery, bind: (value: ColumnValue) => string): string {
  const { origin, index } = query.after as Position;
  const comparison = query.isNewestFirst === true ? "<" : ">";
  const last = placeOf(bind(origin), bind(index));
  return `(${leading}.time_ms, ${leading}.log, ${leading}.position) ${comparison} (${last})`;
}

/** Whether there is a record at a position: a page that begins behind none would be empty, and look like the last. */
export function positionStatement({ origin, index }: Position, placeholder: Placeholder): SelectStatement {
  return { text: placeOf(placeholder(1), placeholder(2)), values: [origin, index] };
}

function placeOf(origin: string, index: string): string {
  return (
    "SELECT last.time_ms, last.log, last.position FROM record AS last, log AS last_log " +
    `WHERE last_log.id = last.log AND last_log.origin = ${origin} AND last.position = ${index}`
  );
}
