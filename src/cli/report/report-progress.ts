import { type Progress, startProgress } from "../terminal/progress.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Runs under a bar that is gone when it has ended, however it has. */
export async function countedBy<Value>(
  terminal: Terminal,
  label: string,
  run: (onProgress: Progress["update"]) => Promise<Value>,
): Promise<Value> {
  const progress = startProgress(terminal, label);
  try {
    return await run(progress.update);
  } finally {
    progress.end();
  }
}
