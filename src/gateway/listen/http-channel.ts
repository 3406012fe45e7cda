// Owner: the thread whose listener it came by.
// A request over HTTP/1.1: the one place where the pipeline's channel is a socket.
import type { IncomingMessage, ServerResponse } from "node:http";
import { encodeUtf8 } from "../../base/index.ts";
import type { Channel, EventsHead, EventSink, RequestHead, WholeAnswer } from "../exchange/channel.ts";
import { announcesBody } from "../exchange/request-headers.ts";
import { openEventSink } from "./event-sink.ts";
import { giveRest } from "./give.ts";
import { headOf } from "./request-head.ts";
import { readBody } from "./read-body.ts";

/** How long a caller whose body is left unread may take to read its answer. */
const lingerMs = 1_000;

/** The reset that answers the first sign has come by the second; then a caller who leaves later is missed soon. */
const [secondSignMs, nextSignMs] = [50, 1_000];

export class HttpChannel implements Channel {
  readonly head: RequestHead;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly isCrowded: boolean;
  #hasReadBody = false;
  #events: EventsHead | null = null;

  constructor(request: IncomingMessage, response: ServerResponse, isCrowded: boolean) {
    this.#request = request;
    this.#response = response;
    this.isCrowded = isCrowded;
    this.head = headOf(request);
  }

  get hasBegun(): boolean {
    return this.#response.headersSent;
  }

  async body(maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
    const body = await readBody({ request: this.#request, response: this.#response }, { maxBytes, signal });
    this.#hasReadBody = true;
    return body;
  }

  async answer({ status, headers, body, isLast, idleTimeoutMs }: WholeAnswer): Promise<boolean> {
    if (this.#response.destroyed) return false;
    const bytes = typeof body === "string" ? encodeUtf8(body) : body;
    const isUnread = announcesBody(this.head) && !this.#hasReadBody;
    this.#response.writeHead(status, {
      ...headers,
      // Not with 204 (RFC 9110 §8.6).
      ...(status === 204 ? {} : { "content-length": bytes.length }),
      ...(isUnread || isLast ? { connection: "close" } : {}),
    });
    // One that came together with the headers is in memory, unread by anyone; it ends with the connection.
    if (isUnread && !this.#request.complete) return this.#leaveUnread(bytes);
    return giveRest(this.#response, bytes, idleTimeoutMs);
  }

  events(head: EventsHead): EventSink {
    this.#events = head;
    return openEventSink(this.#response, head);
  }

  async breakOff(event: string): Promise<boolean> {
    return giveRest(this.#response, encodeUtf8(event), this.#events?.idleTimeoutMs ?? lingerMs);
  }

  destroy(): void {
    this.#request.socket.destroy();
  }

  whenGone(listener: () => void): void {
    this.#response.once("close", () => {
      if (!this.#response.writableFinished) listener();
    });
  }

  /**
   * The caller has ended its half of the connection: as one does that has said all it has to say, and as one does that
   * has left. To the latter any sign of ours is answered by a reset. So signs are given that mean nothing: an interim
   * answer (RFC 9110 §15.2) as long as there is none, a comment between events. HTTP/1.0 has neither.
   */
  soundOut(): void {
    let timer: NodeJS.Timeout;
    const give = (nextMs: number): void => {
      if (this.#giveSign()) timer = setTimeout(() => give(nextSignMs), nextMs);
    };
    timer = setTimeout(() => give(secondSignMs), 0);
    this.#response.once("close", () => clearTimeout(timer));
  }

  /** What is wrong with the request's own body is its pipeline's matter; what came after it is not. */
  get isReading(): boolean {
    return !this.#request.complete;
  }

  #giveSign(): boolean {
    const response = this.#response;
    if (this.#events !== null && !response.writableEnded) response.write(":\n\n");
    else if (!response.headersSent && this.head.httpVersion === "1.1") response.writeContinue();
    else return false;
    return true;
  }

  /**
   * Sends the answer and our end of the connection, and takes not one more byte in. To close at once would be wrong:
   * the kernel answers unread bytes with a reset, which can take the answer away from its reader (RFC 9112 §9.6). So
   * the response is never ended towards Node, which would read the body to be rid of it.
   */
  #leaveUnread(bytes: Uint8Array): Promise<boolean> {
    const { socket } = this.#request;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    socket.pause();
    socket.once("close", () => resolve(false));
    this.#response.write(bytes, (error) => {
      resolve(!error);
      socket.end();
    });
    setTimeout(() => socket.destroy(), lingerMs).unref();
    return promise;
  }
}
