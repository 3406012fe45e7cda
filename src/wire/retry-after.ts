import type { InstantMs } from "../base/index.ts";

/** Longer waits that an upstream asks for are cut to this: by then another endpoint, or the caller, knows better. */
const maxRetryAfterMs = 60_000;

// IMF-fixdate, the one form of HTTP-date that may still be sent (RFC 9110 §5.6.7).
const datePattern = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * How long the upstream wants to be left alone, 0 to 60,000 ms; null when it does not say, or says it unreadably.
 * The millisecond headers come first, being finer, as in OpenAI's clients. `headers` has lower-case names.
 */
export function readRetryAfterMs(headers: Readonly<Record<string, string>>, nowMs: InstantMs): number | null {
  const delayMs =
    readNumber(headers["retry-after-ms"]) ??
    readNumber(headers["x-ms-retry-after-ms"]) ??
    readRetryAfter(headers["retry-after"], nowMs);
  return delayMs === null ? null : retryAfterMsOf(delayMs);
}

/** Whole, and within bounds. */
export function retryAfterMsOf(delayMs: number): number {
  return Math.min(Math.max(Math.ceil(delayMs), 0), maxRetryAfterMs);
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function readRetryAfter(value: string | undefined, nowMs: InstantMs): number | null {
  const seconds = readNumber(value);
  if (seconds !== null) return seconds * 1000;
  if (value === undefined || !datePattern.test(value)) return null;
  const dateMs = Date.parse(value);
  return Number.isNaN(dateMs) ? null : dateMs - nowMs;
}

function readNumber(value: string | undefined): number | null {
  return value !== undefined && /^\d{1,12}(?:\.\d{1,6})?$/.test(value) ? Number(value) : null;
}
