import { type EngineName, enginesInCell, limits } from "../lawful-sets.ts";
import type { Arrival } from "../journal.ts";
import type { Recorded, RecordedRequest } from "../recorded.ts";
import { type Seen, type Verdict, verdict } from "../verdict.ts";

/** As long before a kill a request may have begun that it interrupted. */
const mostAgeMs = limits.deadlineMs + limits.headersTimeoutMs + limits.idleTimeoutMs;

/** The outcomes name exactly the engines that received the request. */
export function judgeAttempts({ journal }: Seen, { requests }: Recorded): Verdict {
  const counts = { named: 0, killedUnwritten: 0, killedUnknown: 0, lostWithEngine: 0 };
  const faults: string[] = [];
  const came = Map.groupBy(journal.arrivals, ({ rid }) => rid);
  const wasKilledAfter = (arrivals: readonly Arrival[]): boolean =>
    arrivals.every(({ atMs }) => journal.killed(atMs, atMs + mostAgeMs));
  for (const rid of new Set([...requests.keys(), ...came.keys()])) {
    const arrivals = came.get(rid) ?? [];
    const recorded = requests.get(rid);
    if (recorded === undefined || recorded.outcomes.some(({ entry }) => entry.result === "unknown")) {
      if (!wasKilledAfter(arrivals)) faults.push(`request ${rid} has no outcome, and nobody killed it`);
      else if (recorded !== undefined) counts.killedUnknown++;
      // The decision is durable before a byte leaves the cell; inside, before a byte of the answer is released.
      else if (arrivals.every(({ engine }) => enginesInCell.has(engine))) counts.killedUnwritten++;
      else faults.push(`request ${rid} left the cell, and no decision of it is in the ledger`);
      continue;
    }
    const { missing, surplus } = compare(arrivals, recorded);
    counts.named += arrivals.length;
    for (const engine of missing) faults.push(`request ${rid} came to \`${engine}\`, and no outcome says so`);
    for (const engine of surplus) {
      // What was in the kernel's hands when the engine died, nobody has read.
      const hasDied = journal.illnesses.some((each) => each.engine === engine && each.mode === "dead");
      if (hasDied) counts.lostWithEngine++;
      else faults.push(`request ${rid} is said to have been sent to \`${engine}\`, which got nothing`);
    }
  }
  return verdict("the outcomes name exactly the engines that received the request", counts, faults);
}

interface Comparison {
  readonly missing: readonly EngineName[];
  readonly surplus: readonly string[];
}

function compare(arrivals: readonly Arrival[], { outcomes }: RecordedRequest): Comparison {
  const named = outcomes.flatMap(({ entry }) =>
    entry.v === 1 ? [] : entry.attempts.filter(({ sent }) => sent).map(({ endpoint }) => String(endpoint)),
  );
  const missing: EngineName[] = [];
  for (const { engine } of arrivals) {
    const at = named.indexOf(engine);
    if (at < 0) missing.push(engine);
    else named.splice(at, 1);
  }
  return { missing, surplus: named };
}
