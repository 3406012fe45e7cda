import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type RequestId, toHex } from "../base/index.ts";
import { account } from "./account.ts";
import type { CellContext } from "./cell-context.ts";
import { answerBadConnection, protocolError } from "./client-error.ts";
import { answerError } from "./error-edge.ts";
import { type Arrival, type Door, Exchange } from "./exchange.ts";
import { CallerGoneError, GatewayError } from "./gateway-error.ts";
import { checkHeaders } from "./request-headers.ts";
import { type Route, routeFor } from "./routes.ts";

interface ListenerOptions {
  readonly door: Door;
  readonly routes: readonly Route[];
  /** The exchanges that are under way, its own and others'. */
  readonly running: Set<Exchange>;
}

/** A server that answers `routes`. */
export function createListener(cell: CellContext, { door, routes, running }: ListenerOptions): Server {
  const { maxHeaderBytes, headersTimeoutMs, deadlineMs } = cell.limits;
  const latest = new WeakMap<Socket, Exchange>();
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const exchange = new Exchange(cell, { ...arrivalOf(cell, request, response), door });
    latest.set(request.socket, exchange);
    void run(exchange, routes, running);
  };
  const server = createServer({
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: headersTimeoutMs,
    // Until the last byte of the body. A body that takes longer than an answer may is an attack or a lost cause.
    requestTimeout: headersTimeoutMs + deadlineMs,
    connectionsCheckingInterval: Math.min(1_000, headersTimeoutMs),
    // Node answers a missing host with a page of its own; checkHeaders does it in our words.
    requireHostHeader: false,
    noDelay: true,
    // Longer than the proxies before us keep theirs, or they would send into a connection that is just closing.
    keepAliveTimeout: 75_000,
  });
  // Node leaves headers out beyond 2,000; one of them could be a signal. Their size bounds their number.
  server.maxHeadersCount = 0;
  server.on("request", serve).on("checkContinue", serve).on("checkExpectation", serve);
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    const exchange = latest.get(socket);
    if (!exchange) answerBadConnection(cell, error, socket);
    // The request's own body is what is wrong: its pipeline answers. Otherwise what came after it is, so we hang up.
    else if (!exchange.arrival.request.complete) exchange.stop(protocolError(error));
    else socket.destroy();
  });
  return server;
}

async function run(exchange: Exchange, routes: readonly Route[], running: Set<Exchange>): Promise<void> {
  const { cell, arrival } = exchange;
  arrival.response.once("close", () => {
    if (!arrival.response.writableFinished) exchange.stop(new CallerGoneError());
  });
  running.add(exchange);
  cell.meters.inFlight(running.size);
  try {
    checkHeaders(arrival.request);
    const route = routeFor(routes, exchange);
    if (cell.life.isDraining && !route.isHealth)
      throw new GatewayError("gateway_draining", "this process is ending");
    await route.handle(exchange);
  } catch (error) {
    await answerError(exchange, error).catch((failure: unknown) => giveUp(exchange, failure));
  } finally {
    exchange.end();
    running.delete(exchange);
    cell.meters.inFlight(running.size);
    account(exchange);
  }
}

/** Nobody is left to tell but the log; the process and the other callers go on. */
function giveUp({ cell, arrival }: Exchange, thrown: unknown): void {
  cell.log({ event: "internal_error", cell: cell.cell, request: arrival.id, thrown });
  arrival.request.socket.destroy();
}

function arrivalOf(
  cell: CellContext,
  request: IncomingMessage,
  response: ServerResponse,
): Omit<Arrival, "door"> {
  return {
    id: toHex(cell.randomBytes(16)) as RequestId,
    request,
    response,
    receivedAtMs: cell.now(),
    expectsContinue: request.headers.expect?.toLowerCase() === "100-continue",
  };
}
