import type { Call } from "../journal.ts";
import { engineNames, type TenantName } from "../lawful-sets.ts";
import { type Seen, type Verdict, verdict } from "../verdict.ts";

/** From the cell's socket to ours. */
const underWayMs = 1_000;

/** Every byte that came to an engine came to one that was lawful for its tenant at that moment, and every connection to one that was for anybody. */
export function judgeLaw({ journal, law }: Seen): Verdict {
  const askedBy = tenantsByRequest(journal.calls);
  const faults: string[] = [];
  let unattributed = 0;
  for (const { engine, rid, atMs, tenant } of journal.arrivals) {
    const from = tenant ?? askedBy.get(rid) ?? null;
    if (from === null) unattributed++;
    else if (!law.mayGo(from, engine, atMs))
      faults.push(`request ${rid} of \`${from}\` came to \`${engine}\``);
  }
  const outside = journal.connections.filter(({ engine, atMs }) => !law.mayBeReached(engine, atMs));
  for (const [engine, all] of Map.groupBy(outside, ({ engine }) => engine))
    faults.push(`${all.length} connections to \`${engine}\`, which was lawful for nobody`);
  for (const { engine, fromMs, toMs } of journal.quarantines) {
    // Whoever was on the way when it lied had asked before anybody knew; and when the cell knew, it said so.
    const knownMs = journal.alarmAfter("violation", fromMs);
    const late = journal.arrivals.filter(
      (each) => each.engine === engine && each.atMs > knownMs + underWayMs && each.atMs < toMs,
    );
    if (late.length > 0) faults.push(`${late.length} requests to \`${engine}\` after it was known to lie`);
  }
  const byEngine = engineNames.map((name) => [name, arrivalsAt(journal.arrivals, name)] as const);
  return verdict(
    "no byte and no connection to an engine outside the lawful set of the moment",
    {
      ...Object.fromEntries(byEngine),
      connections: journal.connections.length,
      connectionsOutside: outside.length,
      unattributed,
      quarantines: journal.quarantines.length,
      latestAfterEventMs: Math.round(law.latestAfterEventMs),
    },
    faults,
  );
}

function tenantsByRequest(calls: readonly Call[]): ReadonlyMap<string, TenantName> {
  return new Map(calls.flatMap(({ rid, tenant }) => (rid === null ? [] : [[rid, tenant]])));
}

function arrivalsAt(arrivals: Seen["journal"]["arrivals"], name: string): number {
  return arrivals.filter(({ engine }) => engine === name).length;
}
