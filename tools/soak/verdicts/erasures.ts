import type { Call } from "../journal.ts";
import type { Recorded } from "../recorded.ts";
import { type Seen, type Verdict, verdict } from "../verdict.ts";

/** Once an erasure is told as done, nobody records under the erased key any more, in whichever thread. */
export function judgeErasures({ journal }: Seen, { requests }: Recorded): Verdict {
  const faults: string[] = [];
  let compared = 0;
  for (const { tenant, person, fromMs, toMs } of journal.erasures) {
    const calls = journal.calls.filter((call) => call.tenant === tenant && call.person === person);
    const handlesOf = (of: readonly Call[]): ReadonlySet<string> =>
      new Set(
        of.flatMap(({ rid }) => requests.get(rid ?? "")?.decisions.map(({ entry }) => entry.subject) ?? []),
      );
    const before = handlesOf(calls.filter(({ endedMs }) => endedMs < fromMs));
    const after = handlesOf(calls.filter(({ startedMs }) => startedMs > toMs));
    if (before.size > 0 && after.size > 0) compared++;
    const kept = [...after].filter((handle) => before.has(handle));
    if (kept.length > 0) faults.push(`\`${person}\` of \`${tenant}\` was recorded under an erased key`);
  }
  return verdict(
    "nothing is recorded under a key that was erased",
    { erasures: journal.erasures.length, compared },
    faults,
  );
}
