// What a soak has seen, as the tests of its verdicts lay it before them.
import { type Call, Journal, type Life } from "../../tools/soak/journal.ts";
import { LawOfTheMoment } from "../../tools/soak/law-of-the-moment.ts";
import type { Recorded } from "../../tools/soak/recorded.ts";
import { decisionEntry, type outcomeEntry, requestId } from "./ledger-entries.ts";

const rid = requestId(1);

export const answered: Call = {
  kind: "plain",
  tenant: "bank",
  person: null,
  startedMs: 0,
  endedMs: 10,
  status: 200,
  error: null,
  rid,
  position: null,
  bytes: 100,
  fault: null,
  ended: "whole",
};

export function lifeOf(rssBytes: number[]): Life {
  return { pid: 1, rssBytes, descriptors: [], threads: [] };
}

export function emptyStage(): { readonly journal: Journal; readonly law: LawOfTheMoment } {
  return { journal: new Journal(), law: new LawOfTheMoment() };
}

export function recorded(outcomes: readonly ReturnType<typeof outcomeEntry>[]): Recorded {
  const decisions = [{ position: "acme#1", entry: decisionEntry(1, rid) }];
  const entries = outcomes.map((entry) => ({ origin: "acme", entry }));
  return {
    entries: 1 + outcomes.length,
    violations: 0,
    requests: outcomes.length === 0 ? new Map() : new Map([[rid, { decisions, outcomes: entries }]]),
  };
}
