/** Label values come from policy and from closed unions, never from a request, so the number of series is bounded. */
export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  add(labels: Labels, amount?: number): void;
  /** The one of these labels, for whoever counts it often: to find it takes ten times as long as to count. */
  of(labels: Labels): { add(amount?: number): void };
}

export interface Gauge {
  set(labels: Labels, value: number): void;
  of(labels: Labels): { set(value: number): void };
}

export interface Histogram {
  /** In the unit that the metric's name ends in. */
  observe(labels: Labels, value: number): void;
  of(labels: Labels): { observe(value: number): void };
}

/** How the values of several registries become one. */
export type GaugeMerge = "sum" | "max" | "min";

/** One thread's metrics. Names follow Prometheus; those under `gen_ai_` follow OpenTelemetry's GenAI conventions. */
export interface Metrics {
  counter(name: string, help: string): Counter;
  /** How it merges stands in gauge-merges.ts. */
  gauge(name: string, help: string): Gauge;
  histogram(name: string, help: string, buckets: readonly number[]): Histogram;
  /** Plain data, so that it can be posted to the thread that is scraped. */
  snapshot(): MetricsSnapshot;
  /** These metrics alone, in Prometheus' text exposition format 0.0.4. */
  render(): string;
}

/** In the order of registration. */
export type MetricsSnapshot = readonly FamilySnapshot[];

export interface Definition {
  readonly kind: "counter" | "gauge" | "histogram";
  readonly name: string;
  readonly help: string;
  /** Upper bounds without +Inf; empty unless a histogram. */
  readonly buckets: readonly number[];
  /** Counters and histograms add up. */
  readonly merge: GaugeMerge;
}

export interface FamilySnapshot extends Definition {
  readonly series: readonly SeriesSnapshot[];
}

export interface SeriesSnapshot {
  /** As they are printed: what identifies a series. */
  readonly labels: string;
  /** Counter and gauge: the value; histogram: the sum. */
  readonly value: number;
  /** Observations by bucket, each one in its smallest bucket only; the last is beyond all bounds. */
  readonly counts: readonly number[];
}
