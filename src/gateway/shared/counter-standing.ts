// Where counters of people stand, and what a reload takes off them.
import type { InstantMs, TenantId, WallClock } from "../../base/index.ts";
import { type CountedVolume, countedSince, countedVolumes, type Policy } from "../../config/index.ts";
import type { Ledger } from "../../store/index.ts";
import type { TransferTally } from "./transfer-tally.ts";

interface Clocks {
  readonly now: WallClock;
  readonly ledger: Pick<Ledger, "state">;
}

/** When a count is asked for. By a clock that is ahead a period would be over, and its people forgotten (docs/clock.md). */
export function countingMs({ now, ledger }: Clocks): InstantMs {
  return Math.min(now(), ledger.state().clock.settledMs);
}

/** When a request counts. By a clock that is behind it would be one of a period that is over as soon as the clocks agree. */
export function countedMs(stampMs: InstantMs, { ledger }: Pick<Clocks, "ledger">): InstantMs {
  return Math.max(stampMs, ledger.state().clock.settledMs);
}

export interface Standing {
  readonly tenant: TenantId;
  readonly volume: CountedVolume;
  readonly sinceMs: InstantMs;
  /** That this cell sent abroad, or may have; null where a part of that time is not known any more. */
  readonly requests: number | null;
}

interface Asked {
  readonly tenant: TenantId;
  readonly volumes: readonly CountedVolume[];
  readonly nowMs: InstantMs;
}

export function standingsOf(tally: TransferTally, { tenant, volumes, nowMs }: Asked): readonly Standing[] {
  const own = tally.of(tenant);
  return volumes.map((volume) => {
    const sinceMs = countedSince(volume, nowMs);
    return { tenant, volume, sinceMs, requests: own?.requestsSince({ ...volume, sinceMs }) ?? null };
  });
}

/** Of all tenants that are counted. */
export function allStandings(tally: TransferTally, policy: Policy, nowMs: InstantMs): readonly Standing[] {
  return Array.from(countedVolumes(policy)).flatMap(([tenant, volumes]) =>
    standingsOf(tally, { tenant, volumes, nowMs }),
  );
}

/** Whether the tally counts everybody whom the policy has counted; it begins with nobody while the cell runs. */
export function countsAll(tally: TransferTally, policy: Policy): boolean {
  return Array.from(countedVolumes(policy).keys()).every((tenant) => tally.of(tenant) !== undefined);
}

interface Succession {
  readonly before: Policy;
  readonly after: Policy;
  readonly nowMs: InstantMs;
}

/** How many counters stand lower by the policy that comes than by the one that goes: as attested, and as the cell counts. */
export function fallenCounters(tally: TransferTally, { before, after, nowMs }: Succession): number {
  const former = new Map(allStandings(tally, before, nowMs).map((each) => [nameOf(each), totalOf(each)]));
  return allStandings(tally, after, nowMs).filter((each) => {
    const total = former.get(nameOf(each));
    return total !== undefined && totalOf(each) < total;
  }).length;
}

function nameOf({ tenant, volume }: Standing): string {
  return `${tenant} ${volume.counter}`;
}

/** What is not known may be any number. */
function totalOf({ volume, requests }: Standing): number {
  return requests === null ? Number.POSITIVE_INFINITY : volume.attested + requests * volume.persons;
}
