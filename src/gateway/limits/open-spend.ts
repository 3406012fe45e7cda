// The spend that a cell starts with.
import { openLogDirectory } from "../../store/index.ts";
import { countingMs } from "../shared/counter-standing.ts";
import { type TallyParts, untilSealed } from "../shared/open-tally.ts";
import { readSpend, tenantsWithBudget } from "./ledger-spend.ts";
import type { SpendTally } from "./spend-tally.ts";

/** To be called before anything is served. Rejects where the ledger cannot be read: a budget of which nobody knows what is left lets nothing through. */
export async function openSpend({ policy, ledger, handleOf, now }: TallyParts): Promise<SpendTally> {
  if (tenantsWithBudget(policy).length > 0) await untilSealed(ledger);
  const nowMs = countingMs({ now, ledger });
  return readSpend({ policy, logs: await openLogDirectory(ledger.directory), handleOf, nowMs });
}
