import { answerHeaders } from "./answer-headers.ts";
import { CallerGoneError } from "./gateway-error.ts";
import type { Exchange } from "./exchange.ts";

/** A stream of events to one caller, at the caller's pace. */
export interface EventSink {
  /** Resolves when there is room for more; throws when the caller leaves or takes nothing for too long. */
  write(event: Uint8Array | string): Promise<void>;
  end(event: string): Promise<void>;
}

/** Sends status and headers. From here on an error can only be an event. */
export function openEventSink(exchange: Exchange): EventSink {
  const { response } = exchange.arrival;
  response.writeHead(200, {
    ...answerHeaders(exchange),
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache, no-transform",
    // Proxies that hold streams back until they are whole would turn them into a delay (nginx).
    "x-accel-buffering": "no",
    ...(exchange.cell.life.isDraining ? { connection: "close" } : {}),
  });
  return {
    async write(event) {
      exchange.throwIfStopped();
      if (!response.write(event)) await untilDrained(exchange);
    },
    async end(event) {
      exchange.throwIfStopped();
      response.end(event);
    },
  };
}

function untilDrained(exchange: Exchange): Promise<void> {
  const { signal, cell, arrival } = exchange;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onStop = (): void => reject(signal.reason);
  // A caller that never reads holds an engine and our memory: it counts as gone.
  const timer = setTimeout(() => exchange.stop(new CallerGoneError()), cell.limits.idleTimeoutMs);
  arrival.response.once("drain", resolve);
  signal.addEventListener("abort", onStop, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    arrival.response.off("drain", resolve);
    signal.removeEventListener("abort", onStop);
  });
}
