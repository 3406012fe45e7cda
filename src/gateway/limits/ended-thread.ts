import { controlThread, tenantLocks, viewLimitMemory } from "./limit-memory.ts";
import { forgetHeldBy } from "./spend-tally.ts";

/**
 * A thread has ended, in whatever state: its places are free, its money counts as spent, and what it had locked is open. To be
 * called in the control thread, once that thread cannot run any more and before another one has its number.
 */
export function forgetThread(record: SharedArrayBuffer, ended: number): void {
  const memory = viewLimitMemory({ memory: record, thread: controlThread });
  for (const lock of memory.locks) lock.freeIfOf(ended);
  const { threads, levelNames, places } = memory;
  for (let level = 0; level < levelNames.count; level++) Atomics.store(places, level * threads + ended, 0);
  const locks = memory.locks.slice(0, tenantLocks);
  for (const lock of locks) lock.acquire();
  try {
    forgetHeldBy(memory, ended);
  } finally {
    for (const lock of locks) lock.release();
  }
}
