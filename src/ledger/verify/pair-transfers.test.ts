import assert from "node:assert/strict";
import { test } from "node:test";
import type { CellId, EndpointId } from "../../base/index.ts";
import {
  importEntry,
  openedEntry,
  outcomeEntry,
  requestId,
  transferEntry,
} from "../../../test/support/ledger-entries.ts";
import type { Entry, ImportEntry, TransferEntry } from "../entry/entry.ts";
import type { OutcomeEntry } from "../entry/outcome-entry.ts";
import { ProblemList } from "./log-problem.ts";
import { LogStory } from "./log-story.ts";
import { pairTransfers, type TransferCount, type TransferLog } from "./pair-transfers.ts";

const [here, there] = ["eu-frankfurt" as CellId, "us-virginia" as CellId];
const sent: TransferEntry = { ...transferEntry(2, 1, requestId(1)), peer: there };
const answered = outcomeEntry(9, 1, requestId(1));
const failed: OutcomeEntry = { ...answered, result: "failed", answeredBy: null };
const received: ImportEntry = { ...importEntry(5, 4, requestId(7)), cell: there, xid: sent.xid };
/** So much later that whatever was sent before must be there. */
const later = openedEntry(60_000, 2);

const cases: readonly {
  readonly title: string;
  readonly sender: readonly Entry[];
  /** Null: its log was not given. */
  readonly receiver: readonly Entry[] | null;
  readonly count?: Partial<TransferCount>;
  readonly faults?: readonly string[];
}[] = [
  {
    title: "a transfer is on both sides",
    sender: [sent, answered],
    receiver: [received],
    count: { pairedCount: 1 },
  },
  {
    title: "what the peer answered, its log must show",
    sender: [sent, answered],
    receiver: [at(there, later)],
    faults: ["sender: `us-virginia` answered it, and its log has no import of it"],
  },
  {
    title: "what the peer answered just before its log ends may not be there yet",
    sender: [sent, answered],
    receiver: [],
    count: { pendingCount: 1 },
  },
  {
    title: "what never reached the peer need not be in its log",
    sender: [sent, failed],
    receiver: [at(there, later)],
    count: { pendingCount: 1 },
  },
  {
    title: "what is under way need not be in the peer's log",
    sender: [sent],
    receiver: [at(there, later)],
    count: { pendingCount: 1 },
  },
  {
    title: "a peer whose log was not given is not checked",
    sender: [sent, answered],
    receiver: null,
    count: { uncheckedCount: 1 },
  },
  {
    title: "what was received, somebody must have sent",
    sender: [later],
    receiver: [received],
    faults: ["receiver: none of the other cells' logs that were given has sent it"],
  },
  {
    title: "what was received just now may not be sealed yet where it was sent",
    sender: [],
    receiver: [received],
    count: { pendingCount: 1 },
  },
  {
    title: "a request that was received twice and sent once was copied",
    sender: [sent, answered],
    receiver: [received, received],
    count: { pairedCount: 1 },
    faults: ["receiver: the same xid was received more often than `eu-frankfurt` sent it"],
  },
  {
    title: "a request that was tried again may be received twice",
    sender: [sent, { ...answered, attempts: [...answered.attempts, ...answered.attempts] }],
    receiver: [received, received],
    count: { pairedCount: 1 },
  },
  {
    title: "no two transfers have the same xid",
    sender: [sent, answered, { ...sent, decision: 4 }],
    receiver: [received],
    count: { pairedCount: 1 },
    faults: [`sender: another transfer has the same xid: ${sent.xid}`],
  },
  {
    title: "a cell that received what was sent to another one is at fault",
    sender: [{ ...sent, peer: "ae-dubai" as CellId }, answered],
    receiver: [received],
    count: { uncheckedCount: 1 },
    faults: ["receiver: `eu-frankfurt` says that it sent it to `ae-dubai`"],
  },
  {
    title: "an endpoint that is no cell needs no import",
    sender: [{ ...sent, peer: null }, answered],
    receiver: [at(there, later)],
  },
  {
    title: "a transfer to another endpoint than the one that answered is not an answered one",
    sender: [{ ...sent, endpoint: "fra-9" as EndpointId }, answered],
    receiver: [at(there, later)],
    count: { pendingCount: 1 },
  },
];

for (const { title, sender, receiver, count, faults = [] } of cases) {
  test(title, () => {
    const logs = [logOf(here, sender), ...(receiver === null ? [] : [logOf(there, receiver)])];
    const counted = pairTransfers(logs);
    const told = logs.flatMap(({ problems }, at) =>
      problems.kept.map(
        ({ kind, reason }) =>
          `${at === 0 ? "sender" : "receiver"}: ${reason}${kind === "transfer" ? "" : kind}`,
      ),
    );
    assert.deepEqual(told, faults);
    assert.deepEqual(counted, { pairedCount: 0, pendingCount: 0, uncheckedCount: 0, ...count });
  });
}

function logOf(cell: CellId, entries: readonly Entry[]): TransferLog {
  const story = new LogStory();
  for (const [index, entry] of [at(cell, openedEntry(0, 1)), ...entries].entries()) story.take(index, entry);
  return { story, problems: new ProblemList(), stated: { size: entries.length + 1 } };
}

function at(cell: CellId, entry: Entry): Entry {
  return { ...entry, cell };
}
