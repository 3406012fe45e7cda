import type { EventsHead, EventSink, Soon, Stoppable } from "../exchange/channel.ts";
import { CallerGoneError } from "../exchange/gateway-error.ts";
import type { Connection } from "./connection.ts";

interface Sending {
  /** With its blank line; it leaves together with the first event. */
  readonly head: string;
  /** Callers of HTTP/1.0 know no chunks: for them the end of the connection is the end. */
  readonly isChunked: boolean;
  readonly events: Pick<EventsHead, "request" | "idleTimeoutMs">;
}

/** Beyond it an event waits until the caller has taken what came before. */
const roomBytes = 64 * 1024;

/** Events that come in one turn of the event loop leave in one write, and as one chunk (RFC 9112 §7.1). */
export class HttpEventSink implements EventSink {
  readonly #connection: Connection;
  readonly #sending: Sending;
  #head: string;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #isScheduled = false;

  constructor(connection: Connection, sending: Sending) {
    this.#connection = connection;
    this.#sending = sending;
    this.#head = sending.head;
    this.#schedule();
  }

  write(event: Uint8Array | string): Soon<void> {
    const { request } = this.#sending.events;
    if (request.stopReason !== null) throw request.stopReason;
    this.sign(event);
    if (this.#waitingBytes + this.#connection.waitingBytes >= roomBytes)
      return untilStopped(request, this.#give());
  }

  /** Of an event that nobody waits for. */
  sign(event: Uint8Array | string): void {
    const bytes = typeof event === "string" ? Buffer.from(event) : event;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#schedule();
  }

  /** The last event, and the end. What follows on the connection is its users' matter. */
  end(event: string): Promise<boolean> {
    this.#waiting.push(Buffer.from(event));
    return this.#connection.give(this.#take(lastChunk), this.#sending.events.idleTimeoutMs);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#head !== "" || this.#waiting.length > 0) void this.#give().catch(leaveToWhoWaits);
    });
  }

  async #give(): Promise<void> {
    const isTaken = await this.#connection.give(this.#take(""), this.#sending.events.idleTimeoutMs);
    if (!isTaken) throw new CallerGoneError();
  }

  #take(last: string): Uint8Array {
    const events = Buffer.concat(this.#waiting);
    const before = this.#head;
    this.#head = "";
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (!this.#sending.isChunked) return Buffer.concat([Buffer.from(before, "latin1"), events]);
    if (events.length === 0) return Buffer.from(before + last, "latin1");
    return Buffer.concat([
      Buffer.from(`${before}${events.length.toString(16)}\r\n`, "latin1"),
      events,
      Buffer.from(`\r\n${last}`),
    ]);
  }
}

const lastChunk = "0\r\n\r\n";

/** The connection is closed, which its request hears of itself. */
function leaveToWhoWaits(): void {}

/** What stopped the request comes before what its caller did. */
async function untilStopped(request: Stoppable, work: Promise<void>): Promise<void> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const unwatch = request.whenStopped(reject);
  try {
    await Promise.race([work, stopped]);
  } finally {
    unwatch();
    work.catch(() => undefined);
  }
}
