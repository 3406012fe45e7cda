// Taking observations. A registry belongs to one thread, so that observing takes no lock.
// Whoever opens it owns its state.
import { Families, type Family, seriesOf } from "./families.ts";
import { mergeOfGauge } from "./gauge-merges.ts";
import type { Counter, Gauge, Histogram, Labels, Metrics } from "./metrics.ts";
import { formatMetrics } from "./prometheus.ts";

/**
 * Label sets that one metric keeps apart. Later ones share one series, so that a mistake with labels costs detail
 * and not memory; the share is named as OpenTelemetry names it (metrics SDK, "cardinality limits").
 */
export const maxSeriesPerMetric = 1000;
const overflowLabels = 'otel_metric_overflow="true"';

/** An empty set of metrics. Registering a name again gives the same metric; see {@link Families.register}. */
export function createMetrics(): Metrics {
  const families = new Families();
  return {
    counter: (name, help) =>
      counterOf(families.register({ kind: "counter", name, help, buckets: [], merge: "sum" })),
    gauge: (name, help) =>
      gaugeOf(families.register({ kind: "gauge", name, help, buckets: [], merge: mergeOfGauge(name) })),
    histogram: (name, help, buckets) =>
      histogramOf(
        families.register({ kind: "histogram", name, help, buckets: Array.from(buckets), merge: "sum" }),
      ),
    snapshot: () => families.snapshot(),
    render: () => formatMetrics([families.snapshot()]),
  };
}

function counterOf(family: Family): Counter {
  const requireGrowth = (amount: number): void => {
    if (!(amount >= 0)) throw new RangeError(`counter \`${family.name}\` cannot grow by ${amount}`);
  };
  return {
    of(labels) {
      const series = seriesFor(family, labels);
      return {
        add(amount = 1) {
          requireGrowth(amount);
          series.value += amount;
        },
      };
    },
    add(labels, amount = 1) {
      requireGrowth(amount);
      seriesFor(family, labels).value += amount;
    },
  };
}

function gaugeOf(family: Family): Gauge {
  const of: Gauge["of"] = (labels) => {
    const series = seriesFor(family, labels);
    return { set: (value) => void (series.value = value) };
  };
  return { of, set: (labels, value) => of(labels).set(value) };
}

function histogramOf(family: Family): Histogram {
  const { buckets, name } = family;
  const bucketOf = (value: number): number => {
    if (Number.isNaN(value)) throw new RangeError(`histogram \`${name}\` cannot take NaN`);
    const bucket = buckets.findIndex((bound) => value <= bound);
    return bucket === -1 ? buckets.length : bucket;
  };
  return {
    of(labels) {
      const series = seriesFor(family, labels);
      return { observe: (value) => note(series, value, bucketOf(value)) };
    },
    observe(labels, value) {
      const at = bucketOf(value);
      note(seriesFor(family, labels), value, at);
    },
  };
}

function note(series: ReturnType<typeof seriesOf>, value: number, at: number): void {
  series.counts[at] = (series.counts[at] ?? 0) + 1;
  series.value += value;
}

function seriesFor(family: Family, labels: Labels): ReturnType<typeof seriesOf> {
  const wanted = renderLabels(labels);
  const isKept = family.series.has(wanted) || family.series.size < maxSeriesPerMetric;
  return seriesOf(family, isKept ? wanted : overflowLabels);
}

/** `a="1",b="2"` in the order of names, so that the order in which a caller writes labels does not matter. */
function renderLabels(labels: Labels): string {
  let text = "";
  for (const name of Object.keys(labels).toSorted()) {
    text += `${text === "" ? "" : ","}${labelName(name)}="${escapeLabelValue(labels[name] ?? "")}"`;
  }
  return text;
}

function labelName(name: string): string {
  // `le` is the histogram's own; names that begin with `__` are Prometheus's.
  if (!/^(?!__|le$)[a-zA-Z_][a-zA-Z0-9_]*$/.test(name))
    throw new TypeError(`\`${name}\` is not a label name`);
  return name;
}

function escapeLabelValue(value: string): string {
  if (!/[\\"\n]/.test(value)) return value;
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
