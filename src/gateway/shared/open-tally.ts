// The tally that a cell starts with.
import { setTimeout as pause } from "node:timers/promises";
import type { TenantId, WallClock } from "../../base/index.ts";
import { countedVolumes, type Policy } from "../../config/index.ts";
import { type Ledger, openLogDirectory } from "../../store/index.ts";
import { countingMs } from "./counter-standing.ts";
import { readTally } from "./ledger-tally.ts";
import type { TransferTally } from "./transfer-tally.ts";

export interface TallyParts {
  readonly policy: Policy;
  readonly ledger: Pick<Ledger, "directory" | "state">;
  /** By which entries name a tenant. */
  readonly handleOf: (tenant: TenantId) => string;
  readonly now: WallClock;
}

/** To be called before anything is served, and once in the life of a cell: whom a later policy counts, this one must count. */
export async function openTally({ policy, ledger, handleOf, now }: TallyParts): Promise<TransferTally> {
  const tenants = Array.from(countedVolumes(policy).keys());
  if (tenants.length > 0) await untilSealed(ledger);
  const nowMs = countingMs({ now, ledger });
  return readTally({ tenants, logs: await openLogDirectory(ledger.directory), handleOf, nowMs });
}

const pauseMs = 20;
const sealWithinMs = 60_000;

/** What a crash left is sealed while the log is in use already, if it is much. */
export async function untilSealed(ledger: TallyParts["ledger"]): Promise<void> {
  for (let waitedMs = 0; ledger.state().sealedSize < ledger.state().size; waitedMs += pauseMs) {
    if (waitedMs >= sealWithinMs) throw new Error("the log has not sealed what was in it within a minute");
    await pause(pauseMs);
  }
}
