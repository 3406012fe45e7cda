import { type Progress, startProgress } from "./progress.ts";

/** Runs under a bar that is gone when it has ended, however it has. */
export async function countedBy<Value>(
  label: string,
  run: (onProgress: Progress["update"]) => Promise<Value>,
): Promise<Value> {
  const progress = startProgress(label);
  try {
    return await run(progress.update);
  } finally {
    progress.end();
  }
}
