// Whether an outcome has room for one more attempt. What cannot be recorded is not used, as with permits: so this is
// asked before an endpoint is.
import { canonicalJson, encodeUtf8, type Json, type Place } from "../../base/index.ts";
import { maxEntryBytes } from "./entry.ts";
import { type AttemptRecord, maxEvidencePlaces } from "./outcome-entry.ts";

/** What is known of an attempt before it is made. */
export type PlannedAttempt = Pick<AttemptRecord, "endpoint" | "asked" | "allowed">;

/**
 * Whether the outcome still fits into an entry of {@link maxEntryBytes} bytes if `next` is attempted after `records`,
 * whatever becomes of it. Each of `records` is counted as it stands: one that is still under way has to be given as
 * {@link atWorst} makes it.
 */
export function attemptFits(records: readonly AttemptRecord[], next: PlannedAttempt): boolean {
  const attempts = [...records, atWorst(next)];
  // Each with the comma behind it.
  const attemptBytes = attempts.reduce((total, record) => total + bytesOf(record as unknown as Json) + 1, 0);
  return emptyOutcomeBytes + attemptBytes <= maxEntryBytes;
}

/** The longest record that may come of it, in bytes of canonical JSON. */
export function atWorst({ endpoint, asked, allowed }: PlannedAttempt): AttemptRecord {
  return { endpoint, asked, allowed, ...longestEnd };
}

const longestCount = Number.MAX_SAFE_INTEGER;
const longestWord = "w".repeat(64);
/** As `AE+DIFC`, or any subdivision of ISO 3166-2; no place is longer. */
const longestPlace = "AE+DIFC" as Place;

const longestEnd: Omit<AttemptRecord, keyof PlannedAttempt> = {
  sent: false,
  evidence: {
    grade: "E1-own",
    source: longestWord,
    places: Array.from({ length: maxEvidencePlaces }, () => longestPlace),
  },
  observedAt: longestCount,
  requestId: "r".repeat(128),
  failure: longestWord,
  usage: { input: longestCount, output: longestCount, cached: longestCount },
};

/** Of an outcome with the longest value in each member, without attempts. */
const emptyOutcomeBytes = bytesOf({
  v: 3,
  n: "0".repeat(32),
  ts: longestCount,
  cell: "c".repeat(64),
  t: "outcome",
  rid: "0".repeat(32),
  decision: longestCount,
  result: "interrupted",
  error: longestWord,
  status: 599,
  attempts: [],
  // An entry has no room for a hundred attempts.
  answeredBy: 99,
  cached: null,
  res: "0".repeat(64),
  durationMs: longestCount,
});

function bytesOf(value: Json): number {
  return encodeUtf8(canonicalJson(value)).length;
}
