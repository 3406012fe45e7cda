// The client's half of a WebSocket's handshake (RFC 6455 §4.1) with an engine, on a socket of dial.ts's.
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { WebSocket } from "ws";
import { closeTimeoutMs, MessageSocket } from "../../websocket/index.ts";
import type { Departure } from "../departure.ts";
import { type AnswerHeaders, type SessionAnswer, type SessionCall, UpstreamError } from "../provider.ts";

export interface SessionDial {
  /** It is made, and nothing was written to it. */
  readonly socket: Socket;
  readonly url: URL;
  /** Beside those of the handshake. */
  readonly headers: Readonly<Record<string, string>>;
  readonly call: SessionCall;
  readonly departure: Departure;
}

/** An error that is only told needs no more. */
const maxErrorBytes = 64 * 1024;

/** INVARIANT: the call is asked whether it may go in the turn that writes the handshake, and right before. */
export function shakeHands({ socket, url, headers, call, departure }: SessionDial): Promise<SessionAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<SessionAnswer>();
  const timeoutMs = Math.ceil(call.headersTimeoutMs);
  // The library listens for it, and sets it on sockets of its own alone; an open session has none.
  socket.setTimeout(timeoutMs);
  const options = {
    createConnection: () => socket,
    headers,
    perMessageDeflate: false,
    followRedirects: false,
    maxPayload: call.maxEventBytes,
    closeTimeout: closeTimeoutMs,
    handshakeTimeout: timeoutMs,
    // With the socket at hand, the end of a request is its first write.
    finishRequest: (request: { once(event: "socket", listener: () => void): void; end(): void }) =>
      request.once("socket", () => leave(departure, request, reject)),
  };
  const webSocket = new WebSocket(url, options);
  let answered: AnswerHeaders = {};
  webSocket.once("upgrade", ({ headers: said }) => (answered = headersOf(said)));
  webSocket.once("open", () => {
    const session = new MessageSocket(webSocket, socket, { ...call, controlHeaderBytes: 2 });
    resolve({ kind: "open", headers: answered, session });
  });
  webSocket.once("unexpected-response", (_request, response) => {
    refusalIn(response, socket).then(resolve, reject);
  });
  webSocket.on("error", (error) => {
    socket.destroy();
    reject(new UpstreamError(failureOf(error), { mayHaveArrived: departure.hasLeft }));
  });
  return promise;
}

function leave(departure: Departure, request: { end(): void }, reject: (error: unknown) => void): void {
  try {
    departure.leave();
    request.end();
  } catch (error) {
    // First, so that what the library makes of it comes too late.
    reject(error);
    (request as { destroy?: () => void }).destroy?.();
  }
}

/** The library's own words are for what is no handshake; Node's codes are the connection's. */
function failureOf(error: Error): "garbage" | "unreachable" | "headers_timeout" {
  if (/timed out/.test(error.message)) return "headers_timeout";
  return "code" in error && typeof error.code === "string" && !error.code.startsWith("HPE_")
    ? "unreachable"
    : "garbage";
}

async function refusalIn(response: IncomingMessage, socket: Socket): Promise<SessionAnswer> {
  const { statusCode = 0, headers } = response;
  // Neither a session nor an error; a redirect would be a way out of the lawful set.
  if (statusCode < 400) {
    socket.destroy();
    throw new UpstreamError("garbage");
  }
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    for await (const piece of response) {
      length += (piece as Buffer).length;
      if (length > maxErrorBytes) break;
      pieces.push(piece as Buffer);
    }
  } catch {
    // One that cannot be read is an error by its status all the same.
  }
  socket.destroy();
  return { kind: "refused", status: statusCode, headers: headersOf(headers), body: Buffer.concat(pieces) };
}

function headersOf(headers: IncomingMessage["headers"]): AnswerHeaders {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value].flat().join(", ")]),
  );
}
