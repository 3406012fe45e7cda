import type { ServerResponse } from "node:http";
import type { EventsHead, EventSink } from "../exchange/channel.ts";
import { giveRest, untilDrained } from "./give.ts";

/** Sends status and headers. */
export function openEventSink(response: ServerResponse, head: EventsHead): EventSink {
  const { signal, idleTimeoutMs } = head;
  response.writeHead(200, {
    ...head.headers,
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache, no-transform",
    // Proxies that hold streams back until they are whole would turn them into a delay (nginx).
    "x-accel-buffering": "no",
    ...(head.isLast ? { connection: "close" } : {}),
  });
  return {
    async write(event) {
      signal.throwIfAborted();
      if (response.write(event)) return;
      await untilStopped(signal, untilDrained(response, idleTimeoutMs));
    },
    end: (event) => giveRest(response, Buffer.from(event), idleTimeoutMs),
  };
}

/** What stopped the request comes before what its caller did. */
async function untilStopped(signal: AbortSignal, work: Promise<void>): Promise<void> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const onStop = (): void => reject(signal.reason);
  signal.addEventListener("abort", onStop, { once: true });
  try {
    await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener("abort", onStop);
    work.catch(() => undefined);
  }
}
