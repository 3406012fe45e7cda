import { median } from "../drift.ts";
import { type Seen, type Verdict, verdict } from "../verdict.ts";

/** On a machine that does many other things too; what it took is told. */
const withinMs = 60_000;

/** From the kill of the process to the first answer with 200, and from the loss of a thread until another is in its place. */
export function judgeRecovery({ journal }: Seen): Verdict {
  const answers = journal.calls.filter(({ status }) => status === 200);
  const kills = journal.absences.filter(({ isKill }) => isKill);
  const tookMs = kills.map(({ fromMs }) => {
    const firsts = answers.filter(({ startedMs }) => startedMs > fromMs).map(({ endedMs }) => endedMs);
    return firsts.reduce((first, each) => Math.min(first, each), Number.POSITIVE_INFINITY) - fromMs;
  });
  const replacedMs = journal.threadLosses.map(({ fromMs, toMs }) => toMs - fromMs);
  const faults = tookMs
    .filter((each) => each > withinMs)
    .map((each) => `after a kill it took ${each} ms to the first 200`);
  return verdict(
    "after a kill the cell serves again",
    {
      kills: kills.length,
      toFirst200: listOf(tookMs),
      toFirst200MedianMs: Math.round(median(tookMs)),
      toFirst200MostMs: Math.round(Math.max(0, ...tookMs)),
      threadsLost: replacedMs.length,
      toReplaced: listOf(replacedMs),
      toReplacedMedianMs: Math.round(median(replacedMs)),
      toReplacedMostMs: Math.round(Math.max(0, ...replacedMs)),
      boundMs: withinMs,
    },
    faults,
  );
}

function listOf(timesMs: readonly number[]): string {
  return timesMs.length === 0 ? "none" : timesMs.map((each) => `${(each / 1_000).toFixed(1)} s`).join(" / ");
}
