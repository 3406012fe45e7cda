import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { exitCode } from "./exit-code.ts";
import type { TextOutput } from "./terminal.ts";

const flushWithinMs = 1_000;

/** Ends a process that outlives its readers: what they have not read within a second, nobody does. */
export async function leave(code: number, outputs: readonly TextOutput[]): Promise<void> {
  const isRead = (): boolean => outputs.every(({ writableLength }) => writableLength === 0);
  const deadline = AbortSignal.timeout(flushWithinMs);
  while (!isRead() && !deadline.aborted) await delay(10);
  // A thread of a process that failed may hang in the kernel.
  if (code === exitCode.defect) exitAtOnce(code);
  process.exit(code);
}

const shell = "/bin/sh";

/**
 * Ends the process also while a thread of it waits for a disk that does not answer: exit(3) would wait for that thread,
 * and execve(2) does not. Whatever was not on disk is told as `unknown` by the log's next opening.
 */
export function exitAtOnce(code: number): void {
  if (process.execve === undefined || !existsSync(shell)) process.kill(process.pid, "SIGKILL");
  else process.execve(shell, [shell, "-c", `exit ${code}`], {});
}
