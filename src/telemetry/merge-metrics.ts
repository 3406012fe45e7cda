// What the registries of several threads say together.
import { Families, type Family, seriesOf } from "./families.ts";
import type { GaugeMerge, MetricsSnapshot, SeriesSnapshot } from "./metrics.ts";

/**
 * Every series of all of them: each has its own cap, so the merge needs none. Throws for a metric that two of them
 * define differently, which is a defect of this program.
 */
export function mergeMetrics(snapshots: readonly MetricsSnapshot[]): MetricsSnapshot {
  const families = new Families();
  for (const { series, ...definition } of snapshots.flat()) {
    const family = families.register(definition);
    for (const each of series) mergeSeries(family, each);
  }
  return families.snapshot();
}

/** What stays of threads that are gone: what they counted, and nothing of how they stood. */
export function countedIn(snapshots: readonly MetricsSnapshot[]): MetricsSnapshot {
  return mergeMetrics(snapshots.map((families) => families.filter(({ kind }) => kind !== "gauge")));
}

const merged: Readonly<Record<GaugeMerge, (left: number, right: number) => number>> = {
  sum: (left, right) => left + right,
  max: Math.max,
  min: Math.min,
};

/** What a thread has not set, it says nothing of: least of all that it is 0. */
function mergeSeries(family: Family, { labels, value, counts }: SeriesSnapshot): void {
  const isFirst = !family.series.has(labels);
  const series = seriesOf(family, labels);
  series.value = isFirst ? value : merged[family.merge](series.value, value);
  counts.forEach((count, at) => {
    series.counts[at] = (series.counts[at] ?? 0) + count;
  });
}
