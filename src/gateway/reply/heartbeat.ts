// Proxies and clients end a connection on which nothing comes; an engine may think for longer. Owner: the request.
import { type Deadlines, deadlines, type Timed } from "../../clock/index.ts";
import { formatSseComment } from "../../wire/index.ts";
import type { EventSink, Soon } from "../exchange/channel.ts";

/** Shorter than the shortest idle limits in use (15 s and more), and no load at all. */
export const heartbeatMs = 12_000;

/** Sends a comment whenever nothing was written for that long. Clients read over it, and it is no part of the answer. */
export class BeatingSink implements EventSink, Timed {
  dueAtMs: number;
  readonly #sink: EventSink;
  readonly #deadlines: Deadlines;
  /** Until a write that waits for its caller has its room. */
  #waiting = 0;

  constructor(sink: EventSink, timer: Deadlines = deadlines) {
    this.#sink = sink;
    this.#deadlines = timer;
    this.dueAtMs = timer.after(heartbeatMs);
    timer.add(this);
  }

  write(event: Uint8Array | string): Soon<void> {
    const room = this.#sink.write(event);
    if (room) return this.#waitFor(room);
    if (this.#waiting === 0) this.#beatLater();
  }

  end(event: string): Promise<boolean> {
    this.stop();
    return this.#sink.end(event);
  }

  /** Also for a write that ends later: an answer that is over gets no comment. */
  stop(): void {
    this.#deadlines.delete(this);
  }

  onDue(): void {
    this.#beatLater();
    // What stops the request, its answer hears of.
    try {
      const room = this.write(formatSseComment("waiting"));
      if (room) room.catch(() => undefined);
    } catch {
      this.stop();
    }
  }

  /** A caller that takes nothing is sent no comments on top. */
  async #waitFor(room: Promise<void>): Promise<void> {
    this.dueAtMs = Infinity;
    this.#waiting++;
    try {
      await room;
    } finally {
      this.#waiting--;
      if (this.#waiting === 0) this.#beatLater();
    }
  }

  #beatLater(): void {
    this.dueAtMs = this.#deadlines.after(heartbeatMs);
    this.#deadlines.notice(this);
  }
}
