// What a ledger holds of requests of tenants that a law counts, read once when the cell starts.
import { dayMs, type InstantMs, type TenantId } from "../../base/index.ts";
import { longestPeriodDays } from "../../law/index.ts";
import { outcomeView } from "../../ledger/index.ts";
import { monthEndOf, type PublishedLog } from "../../store/index.ts";
import { recordedRequests } from "./ledger-requests.ts";
import { reachedBy, type TenantTally, TransferTally } from "./transfer-tally.ts";

/** For so long after its month a log is read, and has to be kept: no period is longer, and a year's first day may begin a day before UTC's. */
export const countedRetentionDays: number = longestPeriodDays + 1;

interface TallySource {
  readonly tenants: readonly TenantId[];
  /** Whole up to where anything was sent: all that was durable is sealed. */
  readonly logs: readonly PublishedLog[];
  /** By which entries name a tenant. */
  readonly handleOf: (tenant: TenantId) => string;
  readonly nowMs: InstantMs;
}

/** A month whose entries are gone, and which a period may reach, leaves the time up to its end unknown. */
export async function readTally({ tenants, logs, handleOf, nowMs }: TallySource): Promise<TransferTally> {
  const tally = new TransferTally(tenants);
  const byHandle = new Map(tenants.map((tenant) => [handleOf(tenant), tally.of(tenant)]));
  for (const log of tenants.length === 0 ? [] : logs) {
    const checkpoint = await log.readCheckpoint();
    if (checkpoint === null) continue;
    const endMs = monthEndOf(checkpoint.origin);
    if (endMs + countedRetentionDays * dayMs <= nowMs) continue;
    if (await log.hasEntries()) await readLog(log, checkpoint.size, byHandle);
    else tally.noteUnknownBefore(endMs);
  }
  return tally;
}

async function readLog(
  log: PublishedLog,
  size: number,
  byHandle: ReadonlyMap<string, TenantTally | undefined>,
): Promise<void> {
  for await (const { decision, transfers, outcome } of recordedRequests(
    log,
    size,
    new Set(byHandle.keys()),
  )) {
    const { ts, classes, allowed, tenant } = decision;
    const attempts = outcome === null ? null : outcomeView(outcome).attempts;
    const settle = byHandle.get(tenant)?.hold({ ts, classes, allowed });
    settle?.(reachedBy({ allowed, transfers, attempts }));
  }
}
