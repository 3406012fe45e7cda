// Processor time of a process and all that it started, as the kernel counts it.
import { readdirSync, readFileSync } from "node:fs";

/** USER_HZ is 100 on every Linux that Node supports. */
const microsPerTick = 10_000;

/** User and system time so far, in microseconds; of those processes below `processId` that are still there. */
export function processorMicros(processId: number): number {
  const own = ticksOf(processId) * microsPerTick;
  return childrenOf(processId).reduce((total, child) => total + processorMicros(child), own);
}

function ticksOf(processId: number): number {
  try {
    const stat = readFileSync(`/proc/${processId}/stat`, "utf8");
    // The second field is a name in parentheses and may hold anything, so fields are counted from its end (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return 0;
  }
}

function childrenOf(processId: number): readonly number[] {
  try {
    return readdirSync(`/proc/${processId}/task`).flatMap((thread) =>
      readFileSync(`/proc/${processId}/task/${thread}/children`, "utf8")
        .split(" ")
        .filter(Boolean)
        .map(Number),
    );
  } catch {
    return [];
  }
}
