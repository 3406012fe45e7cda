import { controlThread, viewLimitMemory } from "./limit-memory.ts";
import { forgetHeldBy } from "./spend-tally.ts";

/**
 * A thread has ended, in whatever state: its places are free, its money counts as spent, and what it had locked is open. To be
 * called in the control thread, once that thread cannot run any more and before another one has its number. INVARIANT: it waits
 * for no lock. Another thread that has ended may hold one until the control thread hears of it, which it does after this.
 */
export function forgetThread(record: SharedArrayBuffer, ended: number): void {
  const memory = viewLimitMemory({ memory: record, thread: controlThread });
  const { threads, levelNames, places } = memory;
  for (let level = 0; level < levelNames.count; level++) Atomics.store(places, level * threads + ended, 0);
  forgetHeldBy(memory, ended);
  // Last: whoever takes one finds nothing half done.
  for (const lock of memory.locks) lock.freeIfOf(ended);
}
