import { setTimeout as delay } from "node:timers/promises";

/**
 * How long work takes. Prefill is one server with a queue, first come first served: a fixed cost, then the prompt
 * tokens that are not cached. Decoding runs beside it, any number of answers at once.
 */
export interface Timing {
  readonly prefillBaseMs: number;
  readonly prefillTokensPerSecond: number;
  readonly decodeMsPerToken: number;
}

/** Fast enough to play with; slow enough to see a queue, a cache hit and a stream. */
export const demoTiming: Timing = {
  prefillBaseMs: 5,
  prefillTokensPerSecond: 20_000,
  decodeMsPerToken: 5,
};

/** No waiting and no timers at all: for measuring what is in front of the engine. */
export const instantTiming: Timing = {
  prefillBaseMs: 0,
  prefillTokensPerSecond: Number.POSITIVE_INFINITY,
  decodeMsPerToken: 0,
};

export function prefillMs(timing: Timing, uncachedTokens: number): number {
  return timing.prefillBaseMs + (uncachedTokens / timing.prefillTokensPerSecond) * 1000;
}

/** Rejects when `signal` aborts. */
export async function spend(durationMs: number, signal: AbortSignal): Promise<void> {
  if (durationMs > 0) await delay(durationMs, undefined, { signal });
  signal.throwIfAborted();
}
