import type { IncomingMessage } from "node:http";
import type { RequestHead } from "../exchange/channel.ts";

/** `scheme://authority` before the path, as callers send it that take us for a proxy (RFC 9112 §3.2.2). */
const absoluteForm = /^https?:\/\/([^/?#]*)/i;

/** A target in absolute form names the host, whatever the header says, and is the same target as its path and query. */
export function headOf(request: IncomingMessage): RequestHead {
  const { method = "", url = "", httpVersion, rawHeaders, headers, socket } = request;
  const [prefix = "", authority] = absoluteForm.exec(url) ?? [];
  const rest = url.slice(prefix.length);
  return {
    method,
    target: authority === undefined || rest.startsWith("/") ? rest : `/${rest}`,
    httpVersion,
    rawHeaders,
    headers: authority === undefined ? headers : { ...headers, host: authority },
    peerAddress: socket.remoteAddress ?? null,
  };
}
