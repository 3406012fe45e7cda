// A month of a small cell, as its log has it: what an index is asked about.
import type { Place } from "../../src/base/index.ts";
import type { WrittenEntry } from "../../src/ledger/index.ts";
import {
  abroadEntry,
  decisionEntry,
  failedAttempt,
  importEntry,
  lifecycleEntries,
  openedEntry,
  outcomeEntry,
  refusalEntry,
  requestId,
  suspensionEntry,
  transferEntry,
  violationEntry,
} from "./ledger-entries.ts";

/** The position of each entry is its number, which is also the milliseconds of its time. */
export function smallMonth(): readonly WrittenEntry[] {
  const clinic = { tenant: "a".repeat(32), subject: "b".repeat(32), classes: ["health"] };
  const answered = outcomeEntry(2, 1, requestId(1));
  const failed = {
    ...outcomeEntry(8, 3, requestId(3)),
    result: "failed" as const,
    error: "upstream_unavailable",
    status: 502,
    attempts: [failedAttempt("fra-2", "broken")],
    answeredBy: null,
  };
  return [
    openedEntry(0, 1),
    decisionEntry(1),
    answered,
    { ...abroadEntry(3), ...clinic },
    { ...refusalEntry(4), ...clinic, places: [{ place: "CA-QC" as Place, basis: "tenant-contract" }] },
    transferEntry(5, 3, requestId(3)),
    importEntry(6, 3, requestId(3)),
    violationEntry(7, 3, requestId(3)),
    failed,
    suspensionEntry(9),
    ...lifecycleEntries(10)
      .slice(1)
      .map((entry, at) => ({ ...entry, ts: entry.ts + at })),
    decisionEntry(18),
  ];
}
