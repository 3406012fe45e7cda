import { setTimeout as sleep } from "node:timers/promises";

const retryEveryMs = 20;
/** Whoever still has no descriptor then has a leak, which no waiting cures. */
const giveUpAfterMs = 60_000;

/**
 * Does `open` again as long as the process or the system has no descriptor left. An open(2) that fails by EMFILE or ENFILE
 * has done nothing: no file was made, and not one byte of anybody's was handed to the kernel. So this is no failed write
 * or fsync, which are never retried (docs/decisions/0014, 0034). INVARIANT: `open` does nothing before it opens.
 */
export async function withDescriptor<Opened>(
  open: () => Promise<Opened>,
  pause: (ms: number) => Promise<unknown> = sleep,
): Promise<Opened> {
  for (let waitedMs = 0; ; waitedMs += retryEveryMs) {
    try {
      return await open();
    } catch (error) {
      if (!isShortage(error) || waitedMs >= giveUpAfterMs) throw error;
    }
    await pause(retryEveryMs);
  }
}

function isShortage(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EMFILE" || code === "ENFILE";
}
