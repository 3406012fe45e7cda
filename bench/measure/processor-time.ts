// Processor time and memory of a process and all that it started, as the kernel counts them (proc(5)).
import { readdirSync, readFileSync } from "node:fs";

const nanosPerMicro = 1_000;
/** USER_HZ is 100 on every Linux that Node supports. */
const microsPerTick = 10_000;
const pageBytes = 4_096;
const mebibyte = 1_048_576;

/**
 * Time on a processor so far, user and system, of all threads: the scheduler's own count of nanoseconds, for the ticks of
 * `stat` are 10 ms. Threads that have ended are in the ticks alone, so where these are more, they count.
 */
export function processorMicros(processId: number): number {
  const threads = listOf(`/proc/${processId}/task`);
  const nanos = threads.reduce((total, thread) => total + nanosOf(`/proc/${processId}/task/${thread}`), 0);
  const own = Math.max(nanos / nanosPerMicro, ticksOf(processId) * microsPerTick);
  return childrenOf(processId).reduce((total, child) => total + processorMicros(child), own);
}

/** What is in memory now, shared pages counted once for each process. */
export function residentMiB(processId: number): number {
  const [, pages = "0"] = textOf(`/proc/${processId}/statm`).split(" ");
  const own = (Number(pages) * pageBytes) / mebibyte;
  return childrenOf(processId).reduce((total, child) => total + residentMiB(child), own);
}

function nanosOf(thread: string): number {
  return Number(textOf(`${thread}/schedstat`).split(" ")[0]);
}

function ticksOf(processId: number): number {
  const stat = textOf(`/proc/${processId}/stat`);
  // The second field is a name in parentheses and may hold anything, so fields are counted from its end.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
}

function childrenOf(processId: number): readonly number[] {
  return listOf(`/proc/${processId}/task`).flatMap((thread) =>
    textOf(`/proc/${processId}/task/${thread}/children`).split(" ").filter(Boolean).map(Number),
  );
}

/** Empty where the process or its thread has just ended. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function listOf(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
