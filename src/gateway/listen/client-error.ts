// What Node's parser refuses never becomes a request, so it is answered on the bare socket. Node is strict by default:
// Content-Length beside Transfer-Encoding, two lengths, folded headers, a space before the colon, bad chunks (RFC 9112
// §2.2, §5.1, §6.1, §6.3, §7.1) all end here, and the connection with them.
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { defaultWords } from "../exchange/error-words.ts";
import { GatewayError } from "../exchange/gateway-error.ts";

const lingerMs = 1_000;

export function protocolError({ code }: NodeJS.ErrnoException): GatewayError {
  switch (code ?? "") {
    case "HPE_HEADER_OVERFLOW":
      return new GatewayError("caller_headers_too_large", "the header block is larger than this cell takes");
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new GatewayError("caller_timeout", "the request did not arrive in time");
    default:
      return new GatewayError("caller_invalid_request", "the request is not well-formed HTTP/1.1");
  }
}

export function answerBadConnection(cell: string, error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const fault = protocolError(error);
  const { status } = fault;
  const body = defaultWords.format(fault);
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      `bailiwick-cell: ${cell}`,
      `content-type: ${defaultWords.contentType}`,
      `content-length: ${Buffer.byteLength(body)}`,
      "connection: close",
      "",
      body,
    ].join("\r\n"),
  );
  // What the caller may still be sending is not read; see http-channel.ts for why the socket stays a while.
  socket.pause();
  setTimeout(() => socket.destroy(), lingerMs).unref();
}
