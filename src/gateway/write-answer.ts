import { encodeUtf8 } from "../base/index.ts";
import { answerHeaders } from "./answer-headers.ts";
import type { Exchange } from "./exchange.ts";
import { announcesBody } from "./request-headers.ts";

export interface WholeResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

/** How long a caller whose body is left unread may take to read its answer. */
const lingerMs = 1_000;

/** Answers in one piece. A body that was not read by now never will be: the connection closes. */
export function writeAnswer(exchange: Exchange, { status, headers, body }: WholeResponse): void {
  const { request, response } = exchange.arrival;
  const bytes = typeof body === "string" ? encodeUtf8(body) : body;
  const isUnread = announcesBody(request) && !exchange.progress.hasReadBody;
  const isLast = isUnread || exchange.cell.life.isDraining;
  response.writeHead(status, {
    ...answerHeaders(exchange),
    ...headers,
    "content-length": bytes.length,
    ...(isLast ? { connection: "close" } : {}),
  });
  exchange.progress.status = status;
  // One that came together with the headers is in memory, unread by anyone; it ends with the connection.
  if (isUnread && !request.complete) leaveUnread(exchange, bytes);
  else response.end(bytes);
}

/**
 * Sends the answer and our end of the connection, and takes not one more byte in. To close at once would be wrong:
 * the kernel answers unread bytes with a reset, which can take the answer away from its reader (RFC 9112 §9.6). So
 * the response is never ended towards Node, which would read the body to be rid of it.
 */
function leaveUnread({ arrival: { request, response } }: Exchange, bytes: Uint8Array): void {
  const { socket } = request;
  socket.pause();
  response.write(bytes, () => socket.end());
  setTimeout(() => socket.destroy(), lingerMs).unref();
}
