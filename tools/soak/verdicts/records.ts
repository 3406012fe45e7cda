import type { Call } from "../journal.ts";
import type { Recorded, RecordedRequest } from "../recorded.ts";
import { type Seen, type Verdict, verdict } from "../verdict.ts";

/** What a caller was told is in the ledger, once. */
export function judgeRecords({ journal }: Seen, { entries, requests }: Recorded): Verdict {
  const answered = journal.calls.filter(({ rid, status }) => rid !== null && status === 200);
  const faults = [
    ...answered.flatMap((call) => lost(call, requests.get(call.rid ?? ""))),
    ...journal.calls.flatMap((call) => misplaced(call, requests.get(call.rid ?? ""))),
    ...Array.from(requests).flatMap(([rid, recorded]) => unpaired(rid, recorded)),
    ...journal.verifications
      .filter(({ code }) => code !== 0)
      .map(({ code, text }) => `\`ledger verify\` exited with ${code}: ${text}`),
  ];
  const results = Array.from(requests.values()).flatMap(({ outcomes }) =>
    outcomes.map(({ entry }) => entry.result),
  );
  return verdict(
    "no acknowledged record lost, and the ledger verifies",
    {
      answered: answered.length,
      entries,
      outcomes: results.length,
      unknown: results.filter((result) => result === "unknown").length,
      redecided: results.filter((result) => result === "redecided").length,
      verifications: journal.verifications.length,
    },
    faults,
  );
}

function lost({ rid, ended, error }: Call, recorded: RecordedRequest | undefined): readonly string[] {
  if (recorded === undefined) return [`request ${rid} was answered with 200 and is not in the ledger`];
  const last = recorded.outcomes.at(-1)?.entry.result ?? "none";
  // Its end was released after its outcome was durable, whatever happened to the cell then.
  if (ended === "whole" && error === null && last !== "complete")
    return [`request ${rid} was answered to its end, and its outcome is \`${last}\``];
  // Without a ledger nobody can record how it ended.
  const isUnrecorded = error === "gateway_ledger_unavailable" && last === "unknown";
  if (ended === "whole" && error !== null && last !== "interrupted" && !isUnrecorded)
    return [`request ${rid} broke off with \`${error}\`, and its outcome is \`${last}\``];
  return [];
}

/** The answer's own `bailiwick-ledger` leads to a decision of this request. */
function misplaced({ rid, position }: Call, recorded: RecordedRequest | undefined): readonly string[] {
  if (position === null || recorded?.decisions.some((each) => each.position === position)) return [];
  return [`request ${rid} names \`${position}\`, which is none of its decisions`];
}

function unpaired(rid: string, { decisions, outcomes }: RecordedRequest): readonly string[] {
  const permits = decisions.filter(({ entry }) => entry.verdict === "permit").length;
  return permits === outcomes.length
    ? []
    : [`request ${rid}: ${permits} permits and ${outcomes.length} outcomes`];
}
