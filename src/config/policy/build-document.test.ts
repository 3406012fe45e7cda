import assert from "node:assert/strict";
import { test } from "node:test";
import { buildDocument } from "./build-document.ts";

const absent = [
  [
    "none",
    "None.",
    "none yet",
    "none, counsel is at it",
    "no",
    "No.",
    "no TIA",
    "nil",
    "n/a",
    "N/A (intra-group)",
  ],
  [
    "missing",
    "missing, to follow",
    "to follow",
    "to be written",
    "todo",
    "TODO: ask counsel",
    "to do",
    "tbd",
    "TBC",
  ],
  [
    "pending",
    "pending review",
    "planned for Q3",
    "in progress",
    "under review",
    "awaiting signature",
    "draft",
  ],
  [
    "draft of 3 May",
    "TIA-17 (draft)",
    "TIA-17, not yet signed",
    "TIA-17: pending",
    "TIA-17 pending",
    "unsigned",
  ],
  [
    "not done",
    "not available",
    "not yet",
    "never",
    "unknown",
    "open",
    "expired",
    "TIA-17, withdrawn",
    "TIA-17 expired",
  ],
  ["TIA-17, superseded by TIA-18", "-", "--", "—", "?", "???", "...", " - "],
].flat();

for (const text of absent) {
  test(`${JSON.stringify(text)} names no document`, () => {
    assert.equal(buildDocument(text).name, "");
    assert.equal(buildDocument({ document: text }).name, "");
  });
}

const negative = [
  [
    "negative",
    "Negative: clauses cannot be honoured",
    "failed",
    "fails",
    "did not pass",
    "not passed",
    "not equivalent",
  ],
  [
    "not adequate",
    "unfavourable",
    "unfavorable",
    "inadequate",
    "insufficient",
    "rejected by the DPO",
    "refused",
  ],
  ["TIA-17 (negative)", "TIA-17: negative", "TIA-17 - rejected", "TIA-17 – failed", "TIA-17 negative"],
].flat();

for (const text of negative) {
  test(`${JSON.stringify(text)} ended negative`, () => {
    const { name, outcome } = buildDocument(text);
    assert.deepEqual([name, outcome], [text, "negative"]);
  });
}

const named = [
  [
    "TIA-17",
    "No 17/2026",
    "No. 12",
    "N-4",
    "Nonesuch Ltd, TIA 3",
    "Openreach TIA",
    "Opening memorandum",
    "Tobias 4",
  ],
  [
    "Notice of 3 May 2026",
    "Nota 5",
    "Negatives Ltd 12",
    "Failsafe GmbH TIA",
    "CNIL letter, no objection",
    "Draftsman 3",
  ],
  ["Pendleton TIA", "Transfer to Namibia", "https://files.example/tia-17", "Not-For-Profit Trust TIA"],
].flat();

for (const text of named) {
  test(`${JSON.stringify(text)} is a name`, () => {
    const { name, outcome } = buildDocument(text);
    assert.deepEqual([name, outcome], [text, null]);
  });
}

test("what the document says of its end wins over what its name sounds like", () => {
  assert.equal(buildDocument({ document: "TIA-17", outcome: "negative" }).outcome, "negative");
  assert.equal(
    buildDocument({ document: "negative list of places", outcome: "positive" }).outcome,
    "positive",
  );
});
