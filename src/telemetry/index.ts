// Metrics and logs that cannot hold content.
export { createLogger, type Logger } from "./logger.ts";
export type { Histogram, Metrics } from "./metrics.ts";
export { createMetrics, metricsContentType } from "./prometheus.ts";
export {
  clientTokenUsage,
  type HistogramDefinition,
  serverRequestDuration,
  serverTimeToFirstToken,
} from "./semconv.ts";
