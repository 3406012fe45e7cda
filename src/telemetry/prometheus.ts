// A writer of Prometheus' text exposition format 0.0.4, for the few kinds of metric that a gateway needs.
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
import { compareText } from "../base/index.ts";
import { mergeMetrics } from "./merge-metrics.ts";
import type { FamilySnapshot, MetricsSnapshot, SeriesSnapshot } from "./metrics.ts";

/** What `formatMetrics` must be served as. */
export const metricsContentType = "text/plain; version=0.0.4; charset=utf-8";

/** The registries of several threads as one; the order of registration and of use does not show. */
export function formatMetrics(snapshots: readonly MetricsSnapshot[]): string {
  return mergeMetrics(snapshots)
    .toSorted((left, right) => compareText(left.name, right.name))
    .flatMap(formatFamily)
    .join("");
}

function formatFamily(family: FamilySnapshot): string[] {
  const { kind, name, help } = family;
  const samples = family.series
    .toSorted((left, right) => compareText(left.labels, right.labels))
    .flatMap((series) => formatSeries(family, series));
  const escapedHelp = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return [`# HELP ${name} ${escapedHelp}\n`, `# TYPE ${name} ${kind}\n`, ...samples];
}

function formatSeries(
  { kind, name, buckets }: FamilySnapshot,
  { labels, value, counts }: SeriesSnapshot,
): string[] {
  if (kind !== "histogram") return [sample(name, labels, value)];
  let cumulated = 0;
  const bucketLines = counts.map((count, at) => {
    cumulated += count;
    const bound = `le="${number(buckets[at] ?? Infinity)}"`;
    return sample(`${name}_bucket`, labels === "" ? bound : `${labels},${bound}`, cumulated);
  });
  return [...bucketLines, sample(`${name}_sum`, labels, value), sample(`${name}_count`, labels, cumulated)];
}

function sample(name: string, labels: string, value: number): string {
  return `${name}${labels === "" ? "" : `{${labels}}`} ${number(value)}\n`;
}

/** As Go's ParseFloat reads it. */
function number(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}
