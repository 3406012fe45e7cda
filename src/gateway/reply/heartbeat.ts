// Proxies and clients end a connection on which nothing comes; an engine may think for longer. Owner: the request.
import { formatSseComment } from "../../wire/index.ts";
import type { EventSink } from "../exchange/channel.ts";

/** Shorter than the shortest idle limits in use (15 s and more), and no load at all. */
export const heartbeatMs = 12_000;

export interface BeatingSink extends EventSink {
  stop(): void;
}

/** Sends a comment whenever nothing was written for that long. Clients read over it, and it is no part of the answer. */
export function withHeartbeat(sink: EventSink): BeatingSink {
  let writing = 0;
  let hasStopped = false;
  let timer: NodeJS.Timeout | undefined;
  const write = async (event: Uint8Array | string): Promise<void> => {
    clearTimeout(timer);
    writing++;
    try {
      await sink.write(event);
    } finally {
      writing--;
      if (writing === 0 && !hasStopped) timer = setTimeout(beat, heartbeatMs);
    }
  };
  // Also for a write that ends later: an answer that is over gets no comment.
  const stop = (): void => {
    hasStopped = true;
    clearTimeout(timer);
  };
  // A caller that takes nothing is found out by the next event.
  const beat = (): void => void write(formatSseComment("waiting")).catch(() => undefined);
  timer = setTimeout(beat, heartbeatMs);
  return {
    write,
    stop,
    end(event) {
      stop();
      return sink.end(event);
    },
  };
}
