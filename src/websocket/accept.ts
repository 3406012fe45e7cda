// The server's half of a handshake (RFC 6455 §4.2), on a connection whose request was read by whoever hands it over.
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { closeTimeoutMs } from "./close-codes.ts";
import { type MessageMemory, MessageSocket } from "./message-socket.ts";

/** The request's head. */
export interface Handshake {
  readonly method: string;
  readonly httpVersion: string | null;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** What is wrong with it; null where it may be answered by {@link acceptSession}. */
export function handshakeFault({ method, httpVersion, headers }: Handshake): string | null {
  if (method !== "GET" || httpVersion !== "1.1") return "it must be a GET of HTTP/1.1";
  if (headers["upgrade"]?.toLowerCase() !== "websocket") return "`upgrade` must be `websocket`";
  if (!/(?:^|,)\s*upgrade\s*(?:,|$)/i.test(headers["connection"] ?? ""))
    return "`connection` must hold `upgrade`";
  if (headers["sec-websocket-version"] !== "13") return "`sec-websocket-version` must be 13";
  if (!/^[+/0-9A-Za-z]{22}==$/.test(headers["sec-websocket-key"] ?? ""))
    return "`sec-websocket-key` must be 16 bytes in base64";
  const protocols = protocolsIn(headers);
  if (!protocols.every((name) => token.test(name)) || new Set(protocols).size < protocols.length)
    return "`sec-websocket-protocol` must be a list of different names";
  return null;
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Those that the caller offers. */
export function protocolsIn(headers: Handshake["headers"]): readonly string[] {
  const offered = headers["sec-websocket-protocol"];
  return offered === undefined ? [] : offered.split(",").map((name) => name.trim());
}

export interface Accepting {
  readonly socket: Socket;
  /** What came behind the request. */
  readonly first: Uint8Array;
  /** Lines of the answer's head, fit for it. */
  readonly lines: readonly string[];
  /** Of those that the caller offers; null chooses none. */
  readonly protocol: string | null;
  readonly maxMessageBytes: number;
  readonly stallMs: number;
  readonly memory: MessageMemory;
}

/** Answers 101. Null where the connection is not there any more. */
export function acceptSession(handshake: Handshake, accepting: Accepting): MessageSocket | null {
  const { socket, first, lines, protocol, maxMessageBytes, stallMs, memory } = accepting;
  const options = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
    closeTimeout: closeTimeoutMs,
    handleProtocols: () => protocol ?? (false as const),
  };
  const server = new WebSocketServer(options);
  server.on("headers", (head) => head.push(...lines));
  const opened: WebSocket[] = [];
  const request = { method: handshake.method, headers: handshake.headers } as IncomingMessage;
  // It calls back before it returns, or not at all.
  server.handleUpgrade(request, socket, Buffer.from(first), (webSocket) => opened.push(webSocket));
  const [webSocket] = opened;
  return webSocket ? new MessageSocket(webSocket, socket, { stallMs, memory, controlHeaderBytes: 6 }) : null;
}
