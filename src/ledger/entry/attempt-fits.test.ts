import assert from "node:assert/strict";
import { test } from "node:test";
import { failedAttempt, outcomeEntry, requestId } from "../../../test/support/ledger-entries.ts";
import type { EndpointId, Place } from "../../base/index.ts";
import { attemptFits, atWorst, type PlannedAttempt } from "./attempt-fits.ts";
import { encodeEntry } from "./entry-schema.ts";
import { maxEntryBytes } from "./entry.ts";
import type { AttemptRecord, OutcomeEntry } from "./outcome-entry.ts";

const planned: PlannedAttempt = {
  endpoint: "fra-1" as EndpointId,
  asked: { model: "llama-3.3-70b", region: "eu-central-1" },
  allowed: ["DE" as Place],
};

test("as long as another attempt fits, the outcome can be written whatever becomes of it", () => {
  const records: AttemptRecord[] = [];
  while (attemptFits(records, planned)) {
    assert.doesNotThrow(() => encodeEntry(longestOutcome([...records, atWorst(planned)])));
    records.push(failedAttempt("fra-1", "timeout"));
  }
  assert.ok(records.length >= 10, `only ${records.length} attempts fit`);
});

test("the longest records fit until there is no room for one more", () => {
  const records: AttemptRecord[] = [];
  while (attemptFits(records, planned)) records.push(atWorst(planned));
  assert.ok(records.length >= 3, `only ${records.length} attempts fit`);
  const left = maxEntryBytes - encodeEntry(longestOutcome(records)).length;
  const comma = 1;
  // A position and a `true` are shorter here than they might be.
  const slackBytes = 1 + records.length;
  const recordBytes = JSON.stringify(atWorst(planned)).length + comma;
  assert.ok(left < recordBytes + slackBytes, `${left} bytes are left, and a record has ${recordBytes}`);
});

test("an endpoint whose places alone fill an entry is not attempted", () => {
  const allowed = Array.from({ length: 600 }, () => "DE-BE" as Place);
  assert.equal(attemptFits([], { ...planned, allowed }), false);
});

/** With the longest value of each other member that a cell writes. */
function longestOutcome(records: readonly AttemptRecord[]): OutcomeEntry {
  const attempts = records.map((record) => ({ ...record, sent: true }));
  return {
    ...outcomeEntry(1, Number.MAX_SAFE_INTEGER, requestId(1)),
    ts: Number.MAX_SAFE_INTEGER,
    cell: "c".repeat(64) as never,
    result: "interrupted",
    error: "e".repeat(64),
    attempts,
    answeredBy: attempts.length - 1,
    durationMs: Number.MAX_SAFE_INTEGER,
  };
}
