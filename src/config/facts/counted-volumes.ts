// Which tenants' people a law counts, and by what.
import type { EndpointId, InstantMs, TenantId } from "../../base/index.ts";
import {
  type AskedCounter,
  askedCounters,
  bandOf,
  bandsOf,
  isWhollyIn,
  type LawPolicy,
  periodStart,
  type Siting,
} from "../../law/index.ts";
import type { Policy, Tenant } from "../values/policy.ts";

/** One counter of one tenant, to which a cell adds what it sent itself. */
export interface CountedVolume extends AskedCounter {
  readonly attested: number;
  /** Null: the whole period is the cell's to add. */
  readonly asOfMs: InstantMs | null;
  /** Of one request, at most. */
  readonly persons: number;
  /** Endpoints at which nothing leaves the homes of the laws that ask; null: what a permit names as a transfer leaves, and nothing else. */
  readonly atHome: ReadonlySet<EndpointId> | null;
}

/** Of tenants that attest a counter which a pinned pack reads, and of no others. */
export function countedVolumes({ law, tenants }: Policy): ReadonlyMap<TenantId, readonly CountedVolume[]> {
  const asked = askedCounters(law.regimes).map((counter) => ({ ...counter, atHome: atHome(law, counter) }));
  const counted = Array.from(tenants.values(), (tenant) => [tenant.id, volumesOf(tenant, asked)] as const);
  return new Map(counted.filter(([, volumes]) => volumes.length > 0));
}

function volumesOf(
  { attested, attestedAsOf, persons }: Tenant,
  asked: readonly (AskedCounter & Pick<CountedVolume, "atHome">)[],
): readonly CountedVolume[] {
  const volumes = new Map(Object.entries(attested.volumes));
  return asked.flatMap((counter) => {
    const count = volumes.get(counter.counter);
    if (count === undefined) return [];
    return [{ ...counter, attested: count, asOfMs: attestedAsOf.get(counter.counter) ?? null, persons }];
  });
}

function atHome({ cells, endpoints }: LawPolicy, { homes }: AskedCounter): CountedVolume["atHome"] {
  if (homes.length === 0) return null;
  const isHome = (siting: Siting): boolean => homes.every((home) => isWhollyIn(home, siting));
  const cellsAtHome = new Set(cells.filter(isHome).map(({ id }) => id));
  return new Set(endpoints.filter((each) => cellsAtHome.has(each.cell) && isHome(each)).map(({ id }) => id));
}

/** Since when the cell's own requests add to what is attested. A day that is still to come takes nothing away. */
export function countedSince({ periods, asOfMs }: CountedVolume, nowMs: InstantMs): InstantMs {
  const startMs = Math.min(...periods.map((period) => periodStart(period, nowMs)));
  return asOfMs === null || asOfMs > nowMs ? startMs : Math.max(startMs, asOfMs);
}

/** As many people as the law can tell from those of so many requests. */
export function countedPeople(volume: CountedVolume, requests: number): number {
  return bandOf(requests * volume.persons, volume);
}

/** Every number that it may say, nobody first. */
export function countBands(volume: CountedVolume): readonly number[] {
  return bandsOf(volume);
}
