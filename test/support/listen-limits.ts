import type { CellLimits } from "../../src/config/index.ts";

/** Of a listener without a cell behind it. */
export const listenLimits: CellLimits = {
  maxBodyBytes: 1 << 20,
  maxHeaderBytes: 2_000,
  headersTimeoutMs: 10_000,
  deadlineMs: 10_000,
  idleTimeoutMs: 10_000,
  drainTimeoutMs: 10_000,
  maxSessionMs: 60_000,
  maxEventBytes: 1 << 20,
  maxBodyValues: 100,
  maxBodyNames: 100,
  firstTokenTimeoutMs: 10_000,
  maxAnswerBytes: 1 << 20,
  retryPercent: 20,
  retriesPerSecond: 10,
  maxWaiting: 10,
  leastStreamEvents: 0,
  slowStreamMs: 10_000,
};
