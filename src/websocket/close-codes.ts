/** RFC 6455 §7.4.1, as far as one is said here. */
export const closeCodes = {
  normal: 1000,
  goingAway: 1001,
  unsupportedData: 1003,
  policyViolation: 1008,
  internalError: 1011,
  tryAgainLater: 1013,
} as const;

/** For the other end to say that it closes too; then the connection is cut. */
export const closeTimeoutMs = 2_000;
