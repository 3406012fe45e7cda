// The tables, the same in both databases, and what a record is in them.
import { countryOf, type Place } from "../../base/index.ts";
import type { Completion, IndexQuery, IndexRecord } from "./search-index.ts";

/** Grows with any change below. An index of another version is made anew: the log has everything. */
export const tablesVersion = 1;

/** What a request may have several of. Marks are searched, records are shown. */
export const markRoles: Readonly<Record<MarkRole, string>> = {
  endpoint: "endpoint",
  subjectPlace: "subject",
  computedIn: "computed",
  evidencedIn: "evidenced",
};

export type MarkRole = keyof Pick<IndexQuery, "endpoint" | "subjectPlace" | "computedIn" | "evidencedIn">;

export const createTables: readonly string[] = [
  `CREATE TABLE log (id INTEGER PRIMARY KEY, origin TEXT NOT NULL UNIQUE, size BIGINT NOT NULL, root TEXT NOT NULL)`,
  `CREATE TABLE record (
    log INTEGER NOT NULL, position BIGINT NOT NULL, time_ms BIGINT NOT NULL, kind TEXT NOT NULL, request_id TEXT,
    tenant TEXT, subject TEXT, verdict TEXT, error TEXT, endpoints TEXT NOT NULL, subject_places TEXT NOT NULL,
    computed TEXT NOT NULL, evidenced TEXT NOT NULL, evidence TEXT, result TEXT, outcome BIGINT,
    PRIMARY KEY (log, position))`,
  `CREATE TABLE mark (
    role TEXT NOT NULL, word TEXT NOT NULL, time_ms BIGINT NOT NULL, log INTEGER NOT NULL, position BIGINT NOT NULL,
    PRIMARY KEY (role, word, time_ms, log, position))`,
];

/** Each ends in the order of answers, so that a page is read from its start and not sorted out of everything. */
export const createTableIndexes: readonly string[] = [
  "CREATE INDEX record_time ON record (time_ms, log, position)",
  "CREATE INDEX record_kind ON record (kind, time_ms, log, position)",
  ...["tenant", "subject", "verdict", "error", "evidence", "request_id"].map(
    (column) =>
      `CREATE INDEX record_${column} ON record (${column}, time_ms, log, position) WHERE ${column} IS NOT NULL`,
  ),
];

/** The columns of `record` after `log`, in the order of {@link recordValues}. */
export const recordColumns: readonly string[] = [
  "position",
  "time_ms",
  "kind",
  "request_id",
  "tenant",
  "subject",
  "verdict",
  "error",
  "endpoints",
  "subject_places",
  "computed",
  "evidenced",
  "evidence",
  "result",
  "outcome",
];

export type ColumnValue = string | number | null;

export function recordValues(record: IndexRecord): ColumnValue[] {
  const { index, timeMs, kind, requestId, tenant, subject, verdict, subjectPlaces } = record;
  const [error = null, endpoints = null, ...rest] = completionValues(record);
  return [
    index,
    timeMs,
    kind,
    requestId,
    tenant,
    subject,
    verdict,
    error,
    endpoints,
    subjectPlaces.join(" "),
    ...rest,
  ];
}

/** The columns that a completion sets, in the order of {@link completionValues}. */
export const completionColumns: readonly string[] = [
  "error",
  "endpoints",
  "computed",
  "evidenced",
  "evidence",
  "result",
  "outcome",
];

export function completionValues(completion: Completion): ColumnValue[] {
  const { error, endpoints, computed, evidenced, evidence, result, outcome } = completion;
  return [error, endpoints.join(" "), computed.join(" "), evidenced.join(" "), evidence, result, outcome];
}

export interface Mark {
  readonly role: string;
  readonly word: string;
}

export function marksOf(completion: Pick<IndexRecord, "endpoints" | "computed" | "evidenced">): Mark[] {
  return [
    ...completion.endpoints.map((word) => ({ role: markRoles.endpoint, word })),
    ...placeMarks(markRoles.computedIn, completion.computed),
    ...placeMarks(markRoles.evidencedIn, completion.evidenced),
  ];
}

export function subjectMarksOf({ subjectPlaces }: IndexRecord): Mark[] {
  return placeMarks(markRoles.subjectPlace, subjectPlaces);
}

/** Who asks for a country is told of its parts too. */
function placeMarks(role: string, places: readonly Place[]): Mark[] {
  const words = new Set(places.flatMap((place) => [place, countryOf(place)]));
  return Array.from(words, (word) => ({ role, word }));
}

/** A row of `record` with its `origin`, as both databases give it; 64-bit numbers may come as text. */
export type RecordRow = Readonly<Record<string, string | number | null>>;

export function recordOf(row: RecordRow): IndexRecord & { readonly origin: string } {
  return {
    origin: String(row["origin"]),
    index: Number(row["position"]),
    timeMs: Number(row["time_ms"]),
    kind: String(row["kind"]) as IndexRecord["kind"],
    requestId: row["request_id"] as IndexRecord["requestId"],
    tenant: row["tenant"] as string | null,
    subject: row["subject"] as string | null,
    verdict: row["verdict"] as IndexRecord["verdict"],
    error: row["error"] as string | null,
    endpoints: wordsOf(row["endpoints"]),
    subjectPlaces: wordsOf(row["subject_places"]) as Place[],
    computed: wordsOf(row["computed"]) as Place[],
    evidenced: wordsOf(row["evidenced"]) as Place[],
    evidence: row["evidence"] as string | null,
    result: row["result"] as string | null,
    outcome: row["outcome"] === null ? null : Number(row["outcome"]),
  };
}

function wordsOf(text: string | number | null | undefined): string[] {
  return String(text ?? "")
    .split(" ")
    .filter((word) => word !== "");
}
