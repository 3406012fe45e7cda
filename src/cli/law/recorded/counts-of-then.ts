// What a cell had counted when it decided (docs/counters.md), which no entry holds: as far as the law could tell it.
import { countBands, countedVolumes, type Policy } from "../../../config/index.ts";
import type { Facts } from "../../../law/index.ts";

type Counts = Facts["counted"];

/** A law with a few counters has some dozens. */
const maxCombinations = 512;

/** The same facts with every count that the law tells from others, nothing counted first; of many counters, one at a time. */
export function withCountsOfThen(policy: Policy, facts: Facts): readonly [Facts, ...Facts[]] {
  const volumes = countedVolumes(policy).get(facts.tenant) ?? [];
  const bands = volumes.map((volume) => ({ counter: volume.counter, counts: countBands(volume) }));
  const combined = bands.reduce((product, { counts }) => product * counts.length, 1);
  const all = combined <= maxCombinations ? combinations(bands) : oneAtATime(bands);
  return [facts, ...all.filter(isAny).map((counted) => ({ ...facts, counted }))];
}

/** Whether the counts are taken to have mattered; nothing for a tenant whose people no law counts. */
export function assumedCounts(policy: Policy, { tenant, counted }: Facts): readonly string[] {
  if (!countedVolumes(policy).has(tenant)) return [];
  const words = isAny(counted) ? "so many people that it matters" : "too few people to matter";
  return [`this cell had sent ${words} abroad by then: an entry holds no count`];
}

interface Band {
  readonly counter: string;
  readonly counts: readonly number[];
}

function combinations(bands: readonly Band[]): readonly Counts[] {
  return bands.reduce<readonly Counts[]>(
    (all, { counter, counts }) =>
      all.flatMap((each) => counts.map((count) => ({ ...each, [counter]: count }))),
    [{}],
  );
}

function oneAtATime(bands: readonly Band[]): readonly Counts[] {
  return bands.flatMap(({ counter, counts }) => counts.map((count) => ({ [counter]: count })));
}

function isAny(counts: Counts): boolean {
  return Object.values(counts).some((count) => count > 0);
}
