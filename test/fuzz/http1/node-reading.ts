import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Duplex } from "node:stream";
import type { FuzzedStream } from "./http-bytes.ts";
import { maxHeaderBytes, type Reading, type ReadMessage } from "./reading.ts";

/** What one connection has brought so far. */
interface Heard {
  readonly messages: ReadMessage[];
  refusal: string | null;
  /** Nothing may follow on the messages that have come. */
  isOver: boolean;
  /** A CONNECT, which comes before the bodies of the messages before it. */
  tunnel: ReadMessage | null;
}

/** Node's own server, strict as it is by default, on connections in memory. */
export class NodeReader {
  readonly #server: Server;
  readonly #heard = new WeakMap<object, Heard>();

  constructor() {
    const settings = { requireHostHeader: false, insecureHTTPParser: false };
    this.#server = createServer({ ...settings, maxHeaderSize: maxHeaderBytes + 1 });
    this.#server.maxHeadersCount = 0;
    // As listeners of ours are: what comes before the end is heard to its end.
    Object.assign(this.#server, { httpAllowHalfOpen: true });
    const take = (request: IncomingMessage, response: ServerResponse): void => this.#take(request, response);
    this.#server.on("request", take).on("checkContinue", take).on("checkExpectation", take);
    this.#server.on("connect", (request: IncomingMessage, socket: Duplex) => {
      const heard = this.#heard.get(socket);
      if (heard) heard.tunnel = messageOf(request, "");
    });
    this.#server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
      const heard = this.#heard.get(socket);
      // What comes after the last message is no matter of its own.
      if (heard && error.code !== "HPE_CLOSED_CONNECTION") heard.refusal ??= error.code ?? "unknown";
    });
  }

  /** Each on a connection of its own, all at once. */
  async read(streams: readonly FuzzedStream[]): Promise<readonly Reading[]> {
    const connections = streams.map(({ pieces }) => this.#feed(pieces));
    // Bodies are still on their way through their streams, also those before a message that was refused.
    for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate);
    return connections.map(({ socket, heard: { messages, refusal, isOver, tunnel } }) => {
      socket.destroy();
      if (isOver || tunnel === null) return { messages, refusal: isOver ? null : refusal, isOver };
      return { messages: [...messages, tunnel], refusal: null, isOver: true };
    });
  }

  #feed(pieces: readonly Buffer[]): { readonly socket: Duplex; readonly heard: Heard } {
    const socket = new MemorySocket();
    const heard: Heard = { messages: [], refusal: null, isOver: false, tunnel: null };
    this.#heard.set(socket, heard);
    this.#server.emit("connection", socket);
    for (const piece of pieces) if (heard.refusal === null) socket.push(piece);
    socket.push(null);
    return { socket, heard };
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString("latin1")));
    request.on("end", () => {
      this.#note(request, body, !response.shouldKeepAlive);
      response.end();
    });
    request.on("error", () => undefined);
  }

  #note(request: IncomingMessage, body: string, isLast: boolean): void {
    const heard = this.#heard.get(request.socket);
    if (!heard || heard.isOver) return;
    heard.messages.push(messageOf(request, body));
    heard.isOver = isLast;
  }
}

function messageOf(request: IncomingMessage, body: string): ReadMessage {
  const { method = "", url: target = "", httpVersion, rawHeaders } = request;
  return { method, target, httpVersion, rawHeaders, body };
}

class MemorySocket extends Duplex {
  override _read(): void {}

  override _write(_: unknown, __: unknown, done: () => void): void {
    done();
  }
}
