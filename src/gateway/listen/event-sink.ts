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
    this.#add(event);
    this.#schedule();
  }

  /** The last event, and the end. What follows on the connection is its users' matter. */
  end(event: string): Promise<boolean> {
    this.#add(event);
    return this.#connection.give(this.#take(lastChunk), this.#sending.events.idleTimeoutMs);
  }

  #add(event: Uint8Array | string): void {
    const bytes = typeof event === "string" ? Buffer.from(event) : event;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#flush());
  }

  /** Whether the connection takes it, its request hears of the connection. */
  #flush(): void {
    this.#isScheduled = false;
    if (this.#head === "" && this.#waiting.length === 0) return;
    this.#connection.hand(this.#take(""), this.#sending.events.idleTimeoutMs);
  }

  async #give(): Promise<void> {
    const isTaken = await this.#connection.give(this.#take(""), this.#sending.events.idleTimeoutMs);
    if (!isTaken) throw new CallerGoneError();
  }

  /** Head, events and framing in one piece. */
  #take(last: string): Uint8Array {
    const [events, length] = [this.#waiting, this.#waitingBytes];
    const isChunk = this.#sending.isChunked && length > 0;
    const start = isChunk ? `${this.#head}${length.toString(16)}\r\n` : this.#head;
    const end = isChunk ? `\r\n${last}` : this.#sending.isChunked ? last : "";
    this.#head = "";
    this.#waiting = [];
    this.#waitingBytes = 0;
    const bytes = Buffer.allocUnsafe(start.length + length + end.length);
    let at = bytes.write(start, "latin1");
    for (const event of events) {
      bytes.set(event, at);
      at += event.length;
    }
    bytes.write(end, at, "latin1");
    return bytes;
  }
}

const lastChunk = "0\r\n\r\n";

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
