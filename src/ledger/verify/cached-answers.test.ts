// What an outcome may say of an answer that was given again (docs/spec/ledger.md, rule 14).
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  abroadEntry,
  asV2,
  cachedOutcome,
  decisionEntry,
  openedEntry,
  origin,
  outcomeEntry,
  requestId,
  transferEntry,
} from "../../../test/support/ledger-entries.ts";
import type { Place } from "../../base/index.ts";
import type { Entry } from "../entry/entry.ts";
import type { CachedAnswer, OutcomeEntry } from "../entry/outcome-entry.ts";
import type { ProblemKind } from "./log-problem.ts";
import { SequenceRules } from "./sequence-rules.ts";

const [permit, otherPermit] = [decisionEntry(1), decisionEntry(2)];
const outcome = outcomeEntry(3, 1, requestId(1));
const abroad = abroadEntry(1);
const transfer = transferEntry(2, 1, requestId(1));

const sequences: readonly {
  readonly title: string;
  readonly entries: readonly Entry[];
  readonly faults: readonly (readonly [ProblemKind, number])[];
}[] = [
  {
    title: "an answer is given again that an endpoint computed before",
    entries: [permit, outcome, otherPermit, again(2)],
    faults: [],
  },
  {
    title: "what is complete without an endpoint is of a decision that names no model",
    entries: [
      { ...permit, model: null },
      { ...outcome, attempts: [], answeredBy: null },
      otherPermit,
      { ...outcomeEntry(4, 3, requestId(2)), attempts: [], answeredBy: null },
    ],
    faults: [["pairing", 4]],
  },
  {
    title: "no endpoint is asked under a decision that names no model, whether it answers or not",
    entries: [
      { ...permit, model: null },
      outcome,
      { ...otherPermit, model: null },
      { ...outcomeEntry(4, 3, requestId(2)), result: "aborted", answeredBy: null },
    ],
    faults: [
      ["permit", 2],
      ["permit", 4],
    ],
  },
  {
    title: "no answer is given again under a decision that names no model",
    entries: [permit, outcome, { ...otherPermit, model: null }, again(2)],
    faults: [["permit", 4]],
  },
  {
    title: "nothing is transferred under a decision that names no model",
    entries: [
      { ...abroad, model: null },
      transfer,
      { ...outcome, attempts: [], answeredBy: null, result: "unknown" },
    ],
    faults: [["permit", 2]],
  },
  {
    title: "an answer of a transfer is given again without a transfer",
    entries: [abroad, transfer, outcome, { ...abroadEntry(2), rid: requestId(2) }, againOf(4, 3)],
    faults: [],
  },
  {
    title: "an answer is not given again that was not given, was given later, or is no outcome at all",
    entries: [
      permit,
      { ...outcome, result: "interrupted" },
      ...[2, 4, 3, 99].flatMap((first, at) => [otherPermit, againOf(3 + 2 * at, first)]),
    ],
    faults: [
      ["cached", 4],
      ["cached", 6],
      ["cached", 8],
      ["cached", 10],
    ],
  },
  {
    title: "an answer that was given again is not where it was computed",
    entries: [permit, outcome, otherPermit, again(2), otherPermit, againOf(5, 4)],
    faults: [["cached", 6]],
  },
  {
    title: "an answer is not given again as that of another endpoint, and only if that one is allowed",
    entries: [permit, outcome, otherPermit, changed({ endpoint: "iad-1" as never })],
    faults: [
      ["permit", 4],
      ["cached", 4],
    ],
  },
  {
    title: "an answer is not given again from where its endpoint may not compute any more",
    entries: [permit, outcome, otherPermit, changed({ allowed: ["FR"] as never })],
    faults: [["permit", 4]],
  },
  {
    title: "an answer is not given again of which evidence names a place outside the permit",
    entries: [
      permit,
      outcome,
      otherPermit,
      changed({ evidence: { grade: "E3", source: "region", places: ["US" as Place] } }),
    ],
    faults: [["permit", 4]],
  },
  {
    title: "an answer of another log that is given again is not this log's matter",
    entries: [permit, changed({ of: { origin: `${origin.slice(0, -2)}10`, index: 7 } }, 1)],
    faults: [],
  },
];

for (const { title, entries, faults } of sequences) {
  test(title, () => assert.deepEqual(faultsOf([openedEntry(0, 1), ...entries]), faults));
}

test("in version 2 a decision without a model was of a request like any other", () => {
  const entries = [openedEntry(0, 1), { ...permit, model: null }, outcome];
  assert.deepEqual(faultsOf(entries.map(asV2)), []);
});

function faultsOf(entries: readonly Entry[]): readonly [ProblemKind, number][] {
  const found: [ProblemKind, number][] = [];
  const rules = new SequenceRules(origin, (kind, index) => void found.push([kind, index]));
  for (const [index, entry] of entries.entries()) rules.check(index, entry);
  assert.equal(rules.openCount, 0);
  return found;
}

/** Of the second permit where both have come, with the answer of entry `first`. */
function again(first: number): OutcomeEntry {
  return againOf(3, first);
}

function againOf(decision: number, first: number): OutcomeEntry {
  return cachedOutcome(9, decision, { rid: requestId(2), first });
}

function changed(change: Partial<CachedAnswer>, decision = 3): OutcomeEntry {
  const outcome = cachedOutcome(9, decision, { rid: requestId(decision === 1 ? 1 : 2), first: 2 });
  const { cached } = outcome;
  return { ...outcome, cached: cached && { ...cached, ...change } };
}
