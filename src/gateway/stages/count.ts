import { countedPeople } from "../../config/index.ts";
import type { Facts } from "../../law/index.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { countingMs, standingsOf } from "../shared/counter-standing.ts";

/**
 * The facts with what this cell has sent abroad for the tenant, as its tally says now; the same value for a tenant whose
 * people no law counts. A counter of which a part is gone is unknown, as one that nobody attests.
 */
export function withCounts({ cell, inForce }: Exchange, facts: Facts): Facts {
  const { tenant, attested } = facts;
  const volumes = inForce.counted.get(tenant);
  if (volumes === undefined) return facts;
  const standings = standingsOf(cell.tally, { tenant, volumes, nowMs: countingMs(cell) });
  const gone = new Set(
    standings.flatMap(({ volume, requests }) => (requests === null ? [volume.counter] : [])),
  );
  const known = Object.entries(attested.volumes).filter(([counter]) => !gone.has(counter));
  const counted = standings.map(({ volume, requests }) => [
    volume.counter,
    countedPeople(volume, requests ?? 0),
  ]);
  return {
    ...facts,
    attested: { ...attested, volumes: Object.fromEntries(known) },
    counted: Object.fromEntries(counted),
  };
}
