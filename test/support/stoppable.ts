// What a request is to a channel, without the request.
import type { Stoppable } from "../../src/gateway/exchange/channel.ts";

export const neverStopped: Stoppable = { stopReason: null, whenStopped: () => () => undefined };

/** Stops with `signal`. */
export function stoppedBy(signal: AbortSignal): Stoppable {
  return {
    get stopReason() {
      return signal.aborted ? (signal.reason as Error) : null;
    },
    whenStopped(listener) {
      const stop = (): void => listener(signal.reason as Error);
      signal.addEventListener("abort", stop, { once: true });
      return () => signal.removeEventListener("abort", stop);
    },
  };
}
