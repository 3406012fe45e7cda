/** Label values come from policy and from closed unions, never from a request, so the number of series is bounded. */
export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  add(labels: Labels, amount?: number): void;
}

export interface Gauge {
  set(labels: Labels, value: number): void;
}

export interface Histogram {
  /** In the unit that the metric's name ends in. */
  observe(labels: Labels, value: number): void;
}

/** A process's metrics. Names follow Prometheus; those under `gen_ai_` follow OpenTelemetry's GenAI conventions. */
export interface Metrics {
  counter(name: string, help: string): Counter;
  gauge(name: string, help: string): Gauge;
  histogram(name: string, help: string, buckets: readonly number[]): Histogram;
  /** Prometheus text exposition format 0.0.4. */
  render(): string;
}
