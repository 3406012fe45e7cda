import assert from "node:assert/strict";
import { test } from "node:test";
import {
  abroadEntry,
  allowedEndpoint,
  answeredAttempt,
  asV1,
  asV2,
  correctionEntry,
  decisionEntry,
  endpointEntries,
  failedAttempt,
  importEntry,
  lifecycleEntries,
  openedEntry,
  origin,
  outcomeEntry,
  refusalEntry,
  requestId,
  transferEntry,
  violationEntry,
} from "../../../test/support/ledger-entries.ts";
import type { Place } from "../../base/index.ts";
import type { DecisionEntry } from "../entry/decision-entry.ts";
import type { Entry } from "../entry/entry.ts";
import type { AttemptRecord, OutcomeEntry } from "../entry/outcome-entry.ts";
import type { ProblemKind } from "./log-problem.ts";
import { SequenceRules } from "./sequence-rules.ts";

const [permit, otherPermit] = [decisionEntry(1), decisionEntry(2)];
const outcome = outcomeEntry(3, 1, requestId(1));
const abroad = abroadEntry(1);
const transfer = transferEntry(2, 1, requestId(1));
const imported = importEntry(2, 1, requestId(1));
const closed = lifecycleEntries(9)[0] ?? assert.fail();
const sequences: readonly {
  readonly title: string;
  readonly entries: readonly Entry[];
  readonly faults: readonly (readonly [ProblemKind, number])[];
  readonly open?: number;
}[] = [
  {
    title: "permits in flight are open, which is no fault",
    entries: [permit, otherPermit],
    faults: [],
    open: 2,
  },
  { title: "a refusal needs no outcome", entries: [refusalEntry(1)], faults: [] },
  { title: "a permit has one outcome", entries: [permit, outcome], faults: [] },
  { title: "a permit has no second outcome", entries: [permit, outcome, outcome], faults: [["pairing", 3]] },
  { title: "a refusal has no outcome", entries: [refusalEntry(1), outcome], faults: [["pairing", 2]] },
  {
    title: "an outcome is not of another request",
    entries: [permit, outcomeEntry(3, 1, requestId(9))],
    faults: [["pairing", 2]],
    open: 1,
  },
  {
    title: "an outcome does not come before its decision",
    entries: [outcome, permit],
    faults: [["pairing", 1]],
    open: 1,
  },
  {
    title: "what a crash left open is closed by the next opening, before or after its own entry",
    entries: [
      permit,
      otherPermit,
      outcome,
      openedEntry(4, 2),
      outcomeEntry(5, 2, requestId(2)),
      refusalEntry(6),
    ],
    faults: [],
  },
  {
    title: "what a crash left open and nobody closed is a fault once the log decides again",
    entries: [permit, openedEntry(4, 2), refusalEntry(5), decisionEntry(6)],
    faults: [["pairing", 1]],
    open: 1,
  },
  {
    title: "a permit that waits across two openings is found once",
    entries: [permit, openedEntry(4, 2), openedEntry(5, 3), refusalEntry(6), refusalEntry(7)],
    faults: [["pairing", 1]],
  },
  { title: "an epoch is not repeated", entries: [openedEntry(1, 1)], faults: [["opening", 1]] },
  {
    title: "an epoch does not go back",
    entries: [openedEntry(1, 5), openedEntry(2, 4)],
    faults: [["opening", 2]],
  },
  {
    title: "an opening names the origin of the checkpoint",
    entries: [{ ...openedEntry(1, 2), origin: "acme.example/ledger/de/eu-frankfurt/2026-12" }],
    faults: [["opening", 1]],
  },
  {
    title: "an entry is of the cell that opened the log",
    entries: [{ ...refusalEntry(1), cell: "us-virginia" as never }],
    faults: [["opening", 1]],
  },
  { title: "a clock may be set back a little", entries: [refusalEntry(2500), refusalEntry(501)], faults: [] },
  {
    title: "a clock may not be set back further",
    entries: [refusalEntry(2502), refusalEntry(501)],
    faults: [["time", 2]],
  },
  {
    title: "a new opening may begin with an earlier clock",
    entries: [refusalEntry(9999), openedEntry(1, 2)],
    faults: [],
  },
  {
    title: "nothing runs at an endpoint that was not allowed",
    entries: [permit, { ...outcome, attempts: [{ ...answeredAttempt(), endpoint: "iad-1" as never }] }],
    faults: [["permit", 2]],
  },
  {
    title: "nothing is even tried at an endpoint that was not allowed",
    entries: [
      permit,
      { ...outcome, attempts: [failedAttempt("iad-1", "timeout"), answeredAttempt()], answeredBy: 1 },
    ],
    faults: [["permit", 2]],
  },
  {
    title: "evidence of another place is a fault without a violation entry",
    entries: [permit, shownIn("DE-BE", "US")],
    faults: [["permit", 2]],
  },
  {
    title:
      "evidence of a country agrees with a permit for a place in it, and of a place in it with one for the country",
    entries: [
      {
        ...permit,
        allowed: permit.allowed.map((endpoint) => ({ ...endpoint, computes: ["AE+DIFC", "DE"] as never })),
      },
      shownIn("AE", "DE-BE"),
    ],
    faults: [],
  },
  {
    title: "evidence of another place is told by a violation entry",
    entries: [permit, violationEntry(2, 1, requestId(1)), shownIn("US")],
    faults: [],
  },
  {
    title: "a violation stands before the outcome of its decision",
    entries: [permit, outcome, violationEntry(4, 1, requestId(1))],
    faults: [["pairing", 3]],
  },
  {
    title: "a transfer is recorded before it is used",
    entries: [abroad, transfer, outcome],
    faults: [],
  },
  {
    title: "a transfer without its entry is a fault, even if it was only tried",
    entries: [abroad, { ...outcome, result: "failed", answeredBy: null }],
    faults: [["permit", 2]],
  },
  {
    title: "a transfer is recorded once for an endpoint",
    entries: [abroad, transfer, transfer, outcome],
    faults: [["pairing", 3]],
  },
  {
    title: "a transfer stands before the outcome of its decision",
    entries: [abroad, transfer, outcome, transfer],
    faults: [["pairing", 4]],
  },
  {
    title: "a transfer is of the request that was decided",
    entries: [abroad, { ...transfer, rid: requestId(9) }],
    faults: [["pairing", 2]],
    open: 1,
  },
  {
    title: "what was allowed at home is no transfer",
    entries: [permit, transfer, outcome],
    faults: [["permit", 2]],
  },
  {
    title: "a transfer goes where the decision allows one",
    entries: [abroad, { ...transfer, endpoint: "iad-1" as never }],
    faults: [["permit", 2]],
    open: 1,
  },
  {
    title: "a transfer rests on the mechanism and the documents that the decision named",
    entries: [
      abroad,
      { ...transfer, grounds: allowedEndpoint("fra-1").grounds.map((each) => ({ ...each, documents: {} })) },
    ],
    faults: [["permit", 2]],
    open: 1,
  },
  { title: "an import follows its decision", entries: [permit, imported, outcome], faults: [] },
  {
    title: "an import comes before the outcome, and once",
    entries: [permit, imported, imported, outcome, imported],
    faults: [
      ["pairing", 3],
      ["pairing", 5],
    ],
  },
  {
    title: "a log that was closed has no permit without an outcome",
    entries: [permit, outcome, closed],
    faults: [],
  },
  {
    title: "a permit that is open when the log is closed never gets an outcome",
    entries: [permit, closed],
    faults: [["pairing", 1]],
  },
  {
    title: "nothing comes after the entry that closes the log",
    entries: [closed, refusalEntry(2), openedEntry(3, 2)],
    faults: [
      ["succession", 2],
      ["succession", 3],
    ],
  },
  {
    title: "an opening may repeat what entry 0 says of the log before",
    entries: [openedEntry(1, 2)],
    faults: [],
  },
  {
    title: "an opening does not name another log before this one than entry 0 does",
    entries: [{ ...openedEntry(1, 2), previous: { origin: "other", size: 1, root: "0".repeat(64) } }],
    faults: [["succession", 1]],
  },
  {
    title: "a log does not go back to an older version",
    entries: [
      asV1(permit),
      asV1(outcome),
      openedEntry(4, 2),
      decisionEntry(5),
      outcomeEntry(6, 4, requestId(5)),
    ],
    faults: [
      ["version", 1],
      ["version", 2],
    ],
  },
  {
    title: "an attempt that was sent nothing is no transfer, and is still one that has to be allowed",
    entries: [
      abroad,
      otherPermit,
      { ...outcome, result: "failed", attempts: [unsent("fra-1")], answeredBy: null },
      {
        ...outcomeEntry(4, 2, requestId(2)),
        result: "failed",
        attempts: [unsent("iad-1")],
        answeredBy: null,
      },
    ],
    faults: [["permit", 4]],
  },
  {
    title: "evidence of any attempt is held against the permit, not only of the one that answered",
    entries: [
      permit,
      {
        ...outcome,
        attempts: [{ ...shownIn("US").attempts[0], failure: "broken" }, answeredAttempt()] as never,
        answeredBy: 1,
      },
    ],
    faults: [["permit", 2]],
  },
  {
    title: "an attempt states no other places than its decision allows",
    entries: [permit, { ...outcome, attempts: [{ ...answeredAttempt(), allowed: ["FR"] as never }] }],
    faults: [["permit", 2]],
  },
  {
    title: "a request that the law hits is decided again, as often as it takes",
    entries: [
      permit,
      redecided(1),
      revised(1),
      redecided(3),
      { ...refusalEntry(5), rid: requestId(1), revision: 2 },
    ],
    faults: [],
  },
  {
    title: "a decision that is made again counts on from the one before",
    entries: [permit, redecided(1), revised(2), outcomeEntry(4, 3, requestId(1)), permit],
    faults: [["pairing", 3]],
    open: 1,
  },
  {
    title: "a decision that follows none has no revision",
    entries: [revised(1)],
    faults: [["pairing", 1]],
    open: 1,
  },
  {
    title: "a decision that was to be made again is not made as if it were the first",
    entries: [permit, redecided(1), permit],
    faults: [["pairing", 3]],
    open: 1,
  },
  {
    title: "what is to be decided again may never be, if the process dies",
    entries: [permit, redecided(1), openedEntry(4, 2), refusalEntry(5)],
    faults: [],
  },
  {
    title: "a correction is about an attempt of an outcome before it",
    entries: [permit, outcome, correctionEntry(4, 2)],
    faults: [],
  },
  {
    title:
      "a correction is not about an attempt that was not made, another kind of entry, or one that comes later",
    entries: [
      permit,
      outcome,
      correctionEntry(4, 2, 1),
      correctionEntry(5, 1),
      correctionEntry(6, 7),
      correctionEntry(7, 99),
    ],
    faults: [
      ["correction", 3],
      ["correction", 4],
      ["correction", 5],
      ["correction", 6],
    ],
  },
  {
    title: "a correction of what is in another log is not this log's matter",
    entries: [{ ...correctionEntry(4, 2), of: { origin: `${origin.slice(0, -2)}10`, index: 2 } }],
    faults: [],
  },
  {
    title: "an endpoint is released whether or not its quarantine stands in this log",
    entries: endpointEntries(1).toReversed(),
    faults: [],
  },
];

for (const { title, entries, faults, open = 0 } of sequences) {
  test(title, () => {
    const all = [openedEntry(0, 1), ...entries];
    const checked = check(all);
    assert.deepEqual(checked.faults, faults);
    assert.equal(checked.openCount, open);
  });
}

test("a log that was begun in version 1 goes on in versions 2 and 3", () => {
  const entries = [asV1(openedEntry(0, 1)), asV1(permit), asV2(outcome), decisionEntry(4)];
  assert.deepEqual(check(entries), { faults: [], openCount: 1 });
});

test("in a month that follows another, a request may be decided again that was decided in the one before", () => {
  const previous = { origin: "other", size: 1, root: "0".repeat(64) };
  assert.deepEqual(check([{ ...openedEntry(0, 1), previous }, revised(1)]).faults, []);
});

test("what comes after an entry of an unknown version is not of a version that is known", () => {
  const faults: [ProblemKind, number][] = [];
  const rules = new SequenceRules(origin, (kind, index) => void faults.push([kind, index]));
  rules.check(0, openedEntry(0, 1));
  rules.passVersion(4);
  rules.check(2, refusalEntry(2));
  assert.deepEqual(faults, [["version", 2]]);
});

test("a log begins with an opening", () => {
  assert.deepEqual(check([refusalEntry(0)]).faults, [["opening", 0]]);
});

function check(entries: readonly Entry[]): { faults: [ProblemKind, number][]; openCount: number } {
  const faults: [ProblemKind, number][] = [];
  const rules = new SequenceRules(origin, (kind, index) => void faults.push([kind, index]));
  for (const [index, entry] of entries.entries()) rules.check(index, entry);
  return { faults, openCount: rules.openCount };
}

function unsent(endpoint: string): AttemptRecord {
  return { ...failedAttempt(endpoint, "unreachable"), sent: false };
}

function redecided(decision: number): OutcomeEntry {
  const attempts = [failedAttempt("fra-1", "law-changed")];
  return { ...outcomeEntry(3, decision, requestId(1)), result: "redecided", attempts, answeredBy: null };
}

function revised(revision: number): DecisionEntry {
  return { ...decisionEntry(3, requestId(1)), revision };
}

function shownIn(...places: readonly string[]): OutcomeEntry {
  const evidence = { grade: "E3", source: "region", places: places as readonly Place[] };
  return { ...outcome, attempts: [{ ...answeredAttempt(), evidence }] };
}
