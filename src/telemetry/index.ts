// Metrics and logs that cannot hold content.
export type { Counter, Gauge, Histogram, Labels, Metrics } from "./metrics.ts";
