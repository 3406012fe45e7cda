// Metrics and logs that cannot hold content.
export { type Alarm, alarms, type AttemptFailed, type RegionStep } from "./log-event.ts";
export { gatherLines } from "./gathered-lines.ts";
export { type LineOutput, openLineOutput } from "./line-output.ts";
export { createLogger, type Logger } from "./logger.ts";
export { countedIn } from "./merge-metrics.ts";
export type { Counter, Histogram, Metrics, MetricsSnapshot } from "./metrics.ts";
export { formatMetrics, metricsContentType } from "./prometheus.ts";
export { createMetrics } from "./registry.ts";
export {
  clientTokenUsage,
  type HistogramDefinition,
  serverRequestDuration,
  serverTimeToFirstToken,
} from "./semconv.ts";
