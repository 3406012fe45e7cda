// Metrics and logs that cannot hold content.
export type { LogEvent } from "./log-event.ts";
export { createLogger, type Logger } from "./logger.ts";
export type { Counter, Gauge, Histogram, Labels, Metrics } from "./metrics.ts";
export { createMetrics, metricsContentType } from "./prometheus.ts";
export {
  clientTokenUsage,
  type HistogramDefinition,
  serverRequestDuration,
  serverTimeToFirstToken,
} from "./semconv.ts";
