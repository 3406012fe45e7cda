// What llhttp refuses never becomes a request, so it is answered on the bare connection. It is strict here: Content-Length
// beside Transfer-Encoding, two lengths, folded headers, a space before the colon, bad chunks (RFC 9112 §2.2, §5.1, §6.1,
// §6.3, §7.1) all end here, and the connection with them.
import type { InstantMs } from "../../base/index.ts";
import type { MalformedMessageError } from "../../http1/index.ts";
import { defaultWords } from "../exchange/error-words.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import { formatHead } from "./answer-head.ts";

export function refusalOf({ reason }: MalformedMessageError): GatewayError {
  return reason === "HEADER_OVERFLOW"
    ? new GatewayError("caller_headers_too_large", "the header block is larger than this cell takes")
    : malformed();
}

export function malformed(): GatewayError {
  return new GatewayError("caller_invalid_request", "the request is not well-formed HTTP/1.1");
}

export function tooSlow(): GatewayError {
  return new GatewayError("caller_timeout", "the request did not arrive in time");
}

/** Whoever vouches for client certificates here is another one since. */
export function sessionOver(): GatewayError {
  return new GatewayError(
    "gateway_session_over",
    "the certificates of callers are judged anew; connect again",
  );
}

/** All of the answer: whoever cannot be understood is told so in the words of the dialect that most callers speak. */
export function formatRefusal(fault: GatewayError, cell: string, nowMs: InstantMs): string {
  const body = defaultWords.format(fault);
  const headers = { "bailiwick-cell": cell, "content-type": defaultWords.contentType };
  const framing = { length: Buffer.byteLength(body) };
  return formatHead({ status: fault.status, headers, framing, isLast: true, nowMs }) + body;
}
