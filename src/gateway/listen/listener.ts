// Owner: the thread that opened it.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { CellLimits } from "../../config/index.ts";
import { answerBadConnection, protocolError } from "./client-error.ts";
import { type ConnectionBounds, Connections } from "./connections.ts";
import { HttpChannel } from "./http-channel.ts";
import { type Arrived, type Served, Turns } from "./turns.ts";

/** What comes in by a listener, and what to do about it. */
export interface Serving {
  readonly cell: string;
  readonly limits: CellLimits;
  readonly connections: ConnectionBounds;
  /** Takes a request over. Whatever is thrown at its connection before it is answered goes to `stop`. */
  readonly serve: (channel: HttpChannel) => { stop(reason: Error): void };
}

const maxUploadMs = 60_000;

/** A server that hands every request on as a channel. */
export function createListener({ cell, limits, connections: bounds, serve }: Serving): Server {
  const { maxHeaderBytes, headersTimeoutMs, deadlineMs } = limits;
  const connections = new Connections(bounds);
  const waiting = { count: 0 };
  const turnsOf = new WeakMap<Socket, Turns>();
  const serveOne = ({ request, response }: Arrived): Served => {
    connections.noteBusy(request.socket);
    const channel = new HttpChannel(request, response, connections.isCrowded);
    return { channel, exchange: serve(channel) };
  };
  const takeTurns = (socket: Socket): Turns => {
    const onIdle = (): void => connections.noteIdle(socket);
    const turns = turnsOf.get(socket) ?? new Turns(socket, { serve: serveOne, onIdle, waiting });
    turnsOf.set(socket, turns);
    return turns;
  };
  const take = (request: IncomingMessage, response: ServerResponse): void =>
    takeTurns(request.socket).take({ request, response });
  const server = createServer({
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: headersTimeoutMs,
    // Until the last byte of the body. One that takes longer is an attack or a lost cause.
    requestTimeout: headersTimeoutMs + Math.min(deadlineMs, maxUploadMs),
    connectionsCheckingInterval: Math.min(1_000, headersTimeoutMs),
    // Node answers a missing host with a page of its own; checkHeaders does it in our words.
    requireHostHeader: false,
    noDelay: true,
    // Longer than the proxies before us keep theirs, or they would send into a connection that is just closing.
    keepAliveTimeout: 75_000,
  });
  // Node leaves headers out beyond 2,000; one of them could be a signal. Their size bounds their number.
  server.maxHeadersCount = 0;
  // A caller that has said all it has to say may end its half, and gets its answer by the other (RFC 9112 §9.6).
  Object.assign(server, { httpAllowHalfOpen: true });
  server.on("connection", (socket: Socket) => connections.add(socket));
  server.on("request", take).on("checkContinue", take).on("checkExpectation", take);
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    const turns = turnsOf.get(socket);
    if (!turns) answerBadConnection(cell, error, socket);
    // The request's own body is what is wrong: its pipeline answers. Otherwise what came after it is, so we hang up.
    else if (turns.reading) turns.reading.exchange.stop(protocolError(error));
    else socket.destroy();
  });
  return server;
}
