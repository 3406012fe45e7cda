// The spend that a cell starts with.
import { openLogDirectory } from "../../store/index.ts";
import { countingMs } from "../shared/counter-standing.ts";
import { type TallyParts, untilSealed } from "../shared/open-tally.ts";
import { readSpend } from "./ledger-spend.ts";
import { claimLevels, controlThread, createLimitMemory, viewLimitMemory } from "./limit-memory.ts";
import { tenantsWithBudget } from "./policy-levels.ts";
import { SpendTally } from "./spend-tally.ts";

/**
 * The record of limits of a cell that starts, for so many gateway threads: see createLimitMemory. To be called before anything
 * is served. Rejects where the ledger cannot be read: a budget of which nobody knows what is left lets nothing through.
 */
export async function openLimitMemory(
  { policy, ledger, handleOf, now }: TallyParts,
  threads: number,
  replicas = 1,
): Promise<SharedArrayBuffer> {
  const memory = createLimitMemory(policy, threads, replicas);
  const view = viewLimitMemory({ memory, thread: controlThread });
  claimLevels(memory, policy);
  if (tenantsWithBudget(policy).length > 0) await untilSealed(ledger);
  const nowMs = countingMs({ now, ledger });
  await readSpend(
    { policy, logs: await openLogDirectory(ledger.directory), handleOf, nowMs },
    new SpendTally(view),
  );
  return memory;
}
