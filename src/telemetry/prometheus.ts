// A writer of Prometheus' text exposition format 0.0.4, for the few kinds of metric that a gateway needs.
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
import type { Counter, Gauge, Histogram, Labels, Metrics } from "./metrics.ts";

/** What `render` must be served as. */
export const metricsContentType = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Label sets that one metric keeps apart. Later ones share one series, so that a mistake with labels costs detail
 * and not memory; the share is named as OpenTelemetry names it (metrics SDK, "cardinality limits").
 */
export const maxSeriesPerMetric = 1000;
const overflowLabels = 'otel_metric_overflow="true"';

/**
 * An empty set of metrics. Registering a name again gives the same metric; throws when kind, help or buckets differ
 * from the first registration, or when one metric's samples would carry another's name.
 */
export function createMetrics(): Metrics {
  const families = new Map<string, Family>();
  const sampleNames = new Set<string>();

  function register(wanted: Definition): Family {
    const present = families.get(wanted.name);
    if (present) return sameFamily(present, wanted);
    checkDefinition(wanted);
    const names = sampleNamesOf(wanted);
    const taken = names.find((name) => sampleNames.has(name));
    if (taken !== undefined)
      throw new TypeError(`metric \`${wanted.name}\`: \`${taken}\` is another's sample`);
    for (const name of names) sampleNames.add(name);
    const family = { ...wanted, series: new Map<string, Series>() };
    families.set(wanted.name, family);
    return family;
  }

  return {
    counter: (name, help) => counterOf(register({ kind: "counter", name, help, buckets: [] })),
    gauge: (name, help) => gaugeOf(register({ kind: "gauge", name, help, buckets: [] })),
    histogram: (name, help, buckets) =>
      histogramOf(register({ kind: "histogram", name, help, buckets: Array.from(buckets) })),
    render: () => sortedByKey(families).flatMap(renderFamily).join(""),
  };
}

interface Definition {
  readonly kind: "counter" | "gauge" | "histogram";
  readonly name: string;
  readonly help: string;
  /** Upper bounds without +Inf; empty unless a histogram. */
  readonly buckets: readonly number[];
}

interface Family extends Definition {
  /** By rendered labels: what identifies a series is what is printed. */
  readonly series: Map<string, Series>;
}

interface Series {
  /** Counter and gauge: the value; histogram: the sum. */
  value: number;
  /** Observations by bucket, each one in its smallest bucket only; the last is beyond all bounds. */
  readonly counts: number[];
}

function sameFamily(present: Family, wanted: Definition): Family {
  const differs = (["kind", "help"] as const).find((member) => present[member] !== wanted[member]);
  if (differs) throw new TypeError(`metric \`${wanted.name}\` is registered with another ${differs}`);
  if (present.buckets.join() !== wanted.buckets.join()) {
    throw new TypeError(`metric \`${wanted.name}\` is registered with other buckets`);
  }
  return present;
}

function checkDefinition({ kind, name, buckets }: Definition): void {
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) throw new TypeError(`\`${name}\` is not a metric name`);
  if (kind !== "histogram") return;
  const isAscending = buckets.every(
    (bound, at) => Number.isFinite(bound) && bound > (buckets[at - 1] ?? -Infinity),
  );
  if (buckets.length === 0 || !isAscending) {
    throw new TypeError(`metric \`${name}\`: bucket bounds must be finite and ascending, one at least`);
  }
}

function sampleNamesOf({ kind, name }: Definition): readonly string[] {
  return kind === "histogram" ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}

function counterOf(family: Family): Counter {
  return {
    add(labels, amount = 1) {
      if (!(amount >= 0)) throw new RangeError(`counter \`${family.name}\` cannot grow by ${amount}`);
      seriesFor(family, labels).value += amount;
    },
  };
}

function gaugeOf(family: Family): Gauge {
  return {
    set(labels, value) {
      seriesFor(family, labels).value = value;
    },
  };
}

function histogramOf(family: Family): Histogram {
  return {
    observe(labels, value) {
      if (Number.isNaN(value)) throw new RangeError(`histogram \`${family.name}\` cannot take NaN`);
      const series = seriesFor(family, labels);
      const bucket = family.buckets.findIndex((bound) => value <= bound);
      const at = bucket === -1 ? family.buckets.length : bucket;
      series.counts[at] = (series.counts[at] ?? 0) + 1;
      series.value += value;
    },
  };
}

function seriesFor(family: Family, labels: Labels): Series {
  const wanted = renderLabels(labels);
  const present = family.series.get(wanted);
  if (present) return present;
  const key = family.series.size < maxSeriesPerMetric ? wanted : overflowLabels;
  const series = family.series.get(key) ?? { value: 0, counts: family.buckets.concat(0).fill(0) };
  family.series.set(key, series);
  return series;
}

/** `a="1",b="2"` in the order of names, so that the order in which a caller writes labels does not matter. */
function renderLabels(labels: Labels): string {
  const names = Object.keys(labels).toSorted();
  return names.map((name) => `${labelName(name)}="${escapeLabelValue(labels[name] ?? "")}"`).join();
}

function labelName(name: string): string {
  // `le` is the histogram's own; names that begin with `__` are Prometheus's.
  if (!/^(?!__|le$)[a-zA-Z_][a-zA-Z0-9_]*$/.test(name))
    throw new TypeError(`\`${name}\` is not a label name`);
  return name;
}

function escapeLabelValue(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function sortedByKey<Value>(entries: ReadonlyMap<string, Value>): Value[] {
  return Array.from(entries)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([, value]) => value);
}

function renderFamily(family: Family): string[] {
  const { kind, name, help } = family;
  const samples = Array.from(family.series.keys())
    .toSorted()
    .flatMap((labels) => renderSeries(family, labels));
  const escapedHelp = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return [`# HELP ${name} ${escapedHelp}\n`, `# TYPE ${name} ${kind}\n`, ...samples];
}

function renderSeries({ kind, name, buckets, series }: Family, labels: string): string[] {
  const { value, counts } = series.get(labels) ?? { value: 0, counts: [] };
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
