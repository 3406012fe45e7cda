import type { Call } from "../journal.ts";
import { tenantLimits } from "../money.ts";
import { type Seen, type Verdict, verdict } from "../verdict.ts";

const msPerMinute = 60_000;
/** Between our clock and the cell's, for a request that was under way. */
const slackRequests = 10;

/** Who has a limit is let through up to it, whichever thread is asked and however the policy changes; a new process begins anew. */
export function judgeRates({ journal }: Seen): Verdict {
  const { requestsPerMinute } = tenantLimits.limited;
  const passed = journal.calls.filter(isLetThrough);
  const lives = [0, ...journal.absences.map(({ toMs }) => toMs)].toSorted((left, right) => left - right);
  const faults: string[] = [];
  let busiest = 0;
  for (const [at, fromMs] of lives.entries()) {
    const toMs = lives[at + 1] ?? Number.POSITIVE_INFINITY;
    const startsMs = passed
      .map(({ startedMs }) => startedMs)
      .filter((startedMs) => startedMs >= fromMs && startedMs < toMs)
      .toSorted((left, right) => left - right);
    const most = mostInAnyMinute(startsMs);
    busiest = Math.max(busiest, most);
    // A bucket that is full, and what flows into it meanwhile.
    if (most > 2 * requestsPerMinute + slackRequests)
      faults.push(`${most} requests of \`limited\` were let through in a minute, at ${requestsPerMinute}`);
  }
  const refused = journal.calls.filter(({ error }) => error === "caller_rate_limited").length;
  const spent = journal.calls.filter(({ error }) => error === "caller_budget_exhausted").length;
  return verdict(
    "no limit lets through more than it says",
    { busiestMinute: busiest, rateLimited: refused, budgetExhausted: spent },
    faults,
  );
}

function isLetThrough({ tenant, status, rid, kind }: Call): boolean {
  const hasKey = kind !== "wrong-key" && kind !== "garbage";
  return tenant === "limited" && hasKey && rid !== null && status !== null && status !== 429;
}

function mostInAnyMinute(startsMs: readonly number[]): number {
  let first = 0;
  let most = 0;
  for (const [at, startMs] of startsMs.entries()) {
    while ((startsMs[first] ?? startMs) < startMs - msPerMinute) first++;
    most = Math.max(most, at - first + 1);
  }
  return most;
}
