// Counters of people: what a law asks of them, and as much of a count as a decision can see.
import type { PlaceSet } from "../../base/index.ts";
import { conditionsOf, leavesOf } from "./condition-leaves.ts";
import type { CounterPeriod } from "./counter-period.ts";
import type { DataClass } from "./facts.ts";
import type { Condition, Regime } from "./regime.ts";

export type VolumeCondition = Extract<Condition, { readonly kind: "volume_at_least" }>;

/** What the regimes together ask of one counter. */
export interface AskedCounter {
  readonly counter: string;
  readonly thresholds: readonly number[];
  readonly periods: readonly CounterPeriod[];
  /** Which data adds to it by any of them; null: all does. */
  readonly of: ReadonlySet<DataClass> | null;
  /**
   * Of regimes that apply only from a count on. Before that no permit names a transfer under them, so whatever may leave
   * these homes is counted.
   */
  readonly homes: readonly PlaceSet[];
}

/** Where regimes read a counter differently, it is counted by the widest of their readings. */
export function askedCounters(regimes: readonly Regime[]): readonly AskedCounter[] {
  const asked = regimes.flatMap((regime) =>
    conditionsOf(regime).flatMap((condition) =>
      volumesIn(condition).map((volume) => ({
        ...volume,
        home: condition === regime.appliesWhen ? regime.home : null,
      })),
    ),
  );
  return [...Map.groupBy(asked, ({ counter }) => counter)].map(([counter, conditions]) => ({
    counter,
    thresholds: [...new Set(conditions.map(({ count }) => count))],
    periods: conditions.map(({ period }) => period),
    of: conditions.some(({ of }) => of === null)
      ? null
      : new Set(conditions.flatMap(({ of }) => [...(of ?? [])])),
    homes: [...new Set(conditions.flatMap(({ home }) => home ?? []))],
  }));
}

function volumesIn(condition: Condition): readonly VolumeCondition[] {
  return leavesOf(condition).filter((leaf) => leaf.kind === "volume_at_least");
}

interface Reckoned {
  readonly attested: number;
  /** Of the request that is decided. */
  readonly persons: number;
  readonly thresholds: readonly number[];
}

/**
 * The counts that a decision can tell apart, each the least of its band. INVARIANT: a condition asks only whether what is
 * attested, the count, and the request's people or none of them, come to a threshold.
 */
export function bandsOf({ attested, persons, thresholds }: Reckoned): readonly number[] {
  const reaching = thresholds.flatMap((threshold) => [threshold - attested - persons, threshold - attested]);
  return Array.from(new Set([0, ...reaching.filter((least) => least > 0)]));
}

/** The least count by which everything is decided as by `counted`: so a decision that is remembered serves until the next threshold. */
export function bandOf(counted: number, reckoned: Reckoned): number {
  return Math.max(...bandsOf(reckoned).filter((least) => least <= counted));
}
