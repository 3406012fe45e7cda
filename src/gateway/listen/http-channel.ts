// Owner: the thread whose listener it came by.
// A request over HTTP/1.1: the one place where the pipeline's channel is a connection.
import { encodeUtf8, type WallClock } from "../../base/index.ts";
import { acceptSession, closeCodes, type Messages } from "../../websocket/index.ts";
import type { ErrorType } from "../../wire/index.ts";
import type {
  Channel,
  EventsHead,
  EventSink,
  RequestHead,
  SessionHead,
  Soon,
  Stoppable,
  WholeAnswer,
} from "../exchange/channel.ts";
import { announcedBytes, announcesBody, headerOf } from "../exchange/request-headers.ts";
import { continueText, formatFields, formatHead, type Framing } from "./answer-head.ts";
import type { Answering, Connection } from "./connection.ts";
import { HttpEventSink } from "./event-sink.ts";
import { giveAll, inOne } from "./give.ts";
import type { IncomingRequest } from "./incoming-request.ts";

/** The reset that answers the first sign has come by the second; then a caller who leaves later is missed soon. */
const [secondSignMs, nextSignMs] = [50, 1_000];

interface Circumstances {
  readonly isCrowded: boolean;
  readonly now: WallClock;
}

export class HttpChannel implements Channel, Answering {
  readonly head: RequestHead;
  readonly isCrowded: boolean;
  readonly #connection: Connection;
  readonly #request: IncomingRequest;
  readonly #now: WallClock;
  hasBegun = false;
  #hasReadBody = false;
  /** The last byte is on its way, or never will be. */
  #isOver = false;
  /** Nothing may follow on the connection. */
  #isLast = false;
  #sink: HttpEventSink | null = null;
  #session: Messages | null = null;
  /** What is sent is no stream of events, so nothing of ours may stand in it. */
  #isFile = false;
  #listener: () => void = () => undefined;
  /** Whom it was handed to, once that has taken it. */
  #taker: Pick<Answering, "stop"> | null = null;

  constructor(connection: Connection, request: IncomingRequest, { isCrowded, now }: Circumstances) {
    this.head = request.head;
    this.isCrowded = isCrowded;
    this.#connection = connection;
    this.#request = request;
    this.#now = now;
  }

  takenBy(taker: Pick<Answering, "stop">): void {
    this.#taker = taker;
  }

  stop(reason: Error): void {
    this.#taker?.stop(reason);
  }

  body(maxBytes: number, request: Stoppable): Soon<Uint8Array> {
    const { body } = this.#request;
    const bytes = body.read({ maxBytes, announcedBytes: announcedBytes(this.head), request });
    if (!(bytes instanceof Promise)) {
      this.#hasReadBody = true;
      return bytes;
    }
    // A caller of HTTP/1.0 waits for nothing (RFC 9110 §10.1.1).
    const waitsFor = this.#knowsChunks ? headerOf(this.head, "expect")?.toLowerCase() : undefined;
    if (waitsFor === "100-continue") this.#connection.sign(continueText);
    this.#connection.readOn();
    return this.#whenRead(bytes);
  }

  async #whenRead(reading: Promise<Uint8Array>): Promise<Uint8Array> {
    const bytes = await reading;
    this.#hasReadBody = true;
    return bytes;
  }

  answer(answer: WholeAnswer): Promise<boolean> {
    try {
      return this.#connection.isClosed ? Promise.resolve(false) : this.#answer(answer);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #answer({ status, headers, body, isLast, idleTimeoutMs }: WholeAnswer): Promise<boolean> {
    const bytes = typeof body === "string" ? encodeUtf8(body) : body;
    const isUnread = announcesBody(this.head) && !this.#hasReadBody;
    if (isUnread || isLast || headers["connection"] === "close") this.#isLast = true;
    // Not with 204 (RFC 9110 §8.6).
    const framing: Framing = status === 204 ? "no body" : { length: bytes.length };
    const given = {
      head: this.#formatHead(status, headers, framing),
      body: status === 204 || this.head.method === "HEAD" ? nothing : bytes,
    };
    // One that came together with the headers is in memory, unread by anyone; it ends with the connection.
    if (!this.#request.body.isComplete) return this.#leaveUnread(given);
    return this.#finishWith(giveAll(this.#connection, given, idleTimeoutMs));
  }

  events(events: EventsHead): EventSink {
    const isChunked = this.#knowsChunks;
    if (events.isLast || !isChunked) this.#isLast = true;
    this.#isFile = events.contentType !== undefined;
    const headers = {
      ...events.headers,
      "content-type": events.contentType ?? "text/event-stream; charset=utf-8",
      "cache-control": "no-cache, no-transform",
      // Proxies that hold streams back until they are whole would turn them into a delay (nginx).
      "x-accel-buffering": "no",
    };
    const head = this.#formatHead(200, headers, isChunked ? "chunks" : "end of connection");
    const sink = new HttpEventSink(this.#connection, { head, isChunked, events });
    this.#sink = sink;
    return {
      write: (event) => sink.write(event),
      end: (event) => this.#finishWith(sink.end(event)),
    };
  }

  session({ headers, ...terms }: SessionHead): Messages | null {
    if (this.#connection.isClosed) return null;
    const lines = formatFields(headers, this.#now());
    this.hasBegun = true;
    this.#isOver = true;
    this.#session = acceptSession(this.head, { ...this.#connection.handOver(), lines, ...terms });
    return this.#session;
  }

  async breakOff(event: string, type: ErrorType): Promise<boolean> {
    if (this.#session) {
      void this.#session.send(event);
      return this.#session.close(closeCodeOf(type), type);
    }
    // The connection that ends too soon says it of a file.
    if (this.#isFile) this.destroy();
    else if (this.#sink && !this.#isOver && !this.#connection.isClosed)
      return this.#finishWith(this.#sink.end(event));
    return false;
  }

  destroy(): void {
    this.#connection.destroy();
  }

  whenGone(listener: () => void): void {
    this.#listener = listener;
  }

  onGone(): void {
    this.#isOver = true;
    this.#listener();
  }

  /**
   * The caller has ended its half of the connection: as one does that has said all it has to say, and as one does that
   * has left. To the latter any sign of ours is answered by a reset. So signs are given that mean nothing: an interim
   * answer (RFC 9110 §15.2) as long as there is none, a comment between events. HTTP/1.0 has neither.
   */
  soundOut(): void {
    const give = (nextMs: number): void => {
      if (this.#giveSign()) setTimeout(() => give(nextSignMs), nextMs).unref();
    };
    setTimeout(() => give(secondSignMs), 0);
  }

  #giveSign(): boolean {
    if (this.#isOver) return false;
    if (this.#isFile) return false;
    if (this.#sink) this.#sink.sign(":\n\n");
    else if (!this.hasBegun && this.#knowsChunks) this.#connection.sign(continueText);
    else return false;
    return true;
  }

  /** And interim answers: it is no caller of HTTP/1.0. */
  get #knowsChunks(): boolean {
    return this.head.httpVersion !== "1.0";
  }

  #formatHead(status: number, headers: Readonly<Record<string, string>>, framing: Framing): string {
    if (!this.#request.keepsAlive) this.#isLast = true;
    const head = formatHead({ status, headers, framing, isLast: this.#isLast, nowMs: this.#now() });
    this.hasBegun = true;
    return head;
  }

  #leaveUnread({ head, body }: { readonly head: string; readonly body: Uint8Array }): Promise<boolean> {
    this.#isOver = true;
    return this.#connection.leaveUnread(inOne(head, body));
  }

  #finishWith(giving: Promise<boolean>): Promise<boolean> {
    this.#isOver = true;
    return giving.then((isTaken) => this.#finish(isTaken));
  }

  #finish(isTaken: boolean): boolean {
    if (isTaken) this.#connection.finish(this.#isLast);
    else this.#connection.destroy();
    return isTaken;
  }
}

function closeCodeOf(type: ErrorType): number {
  if (type === "gateway_draining" || type === "gateway_session_over") return closeCodes.goingAway;
  return /^(policy|caller)_/.test(type) ? closeCodes.policyViolation : closeCodes.internalError;
}

const nothing = new Uint8Array();
