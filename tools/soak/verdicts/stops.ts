import { limits } from "../lawful-sets.ts";
import { drainSlackMs } from "../stage.ts";
import { type Seen, type Verdict, verdict } from "../verdict.ts";

/** Asked to end, the process does, in time and as asked. */
export function judgeStops({ journal }: Seen): Verdict {
  const boundMs = limits.drainTimeoutMs + drainSlackMs;
  const faults = journal.stops.flatMap(({ tookMs, exitCode }) => [
    ...(tookMs > boundMs ? [`it took ${Math.round(tookMs)} ms to end`] : []),
    ...(exitCode === 0 ? [] : [`it ended with ${exitCode}`]),
  ]);
  const longestMs = Math.round(Math.max(0, ...journal.stops.map(({ tookMs }) => tookMs)));
  return verdict(
    "SIGTERM ends the process within its drain",
    { stops: journal.stops.length, longestMs, boundMs },
    faults,
  );
}
