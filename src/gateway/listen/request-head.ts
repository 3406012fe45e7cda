import type { MessageHead } from "../../http1/index.ts";
import type { RequestHead } from "../exchange/channel.ts";

/** `scheme://authority` before the path, as callers send it that take us for a proxy (RFC 9112 §3.2.2). */
const absoluteForm = /^https?:\/\/([^/?#]*)/i;

/** The other end of the connection. */
type Peer = Pick<RequestHead, "peerAddress" | "certificate">;

/** A target in absolute form names the host, whatever the header says, and is the same target as its path and query. */
export function headOf(message: MessageHead, peer: Peer): RequestHead {
  const { method, target, httpVersion, rawHeaders } = message;
  const headers = byName(rawHeaders);
  const [prefix = "", authority] = absoluteForm.exec(target) ?? [];
  if (authority !== undefined) headers["host"] = authority;
  const rest = target.slice(prefix.length);
  return {
    method,
    target: authority === undefined || rest.startsWith("/") ? rest : `/${rest}`,
    httpVersion,
    rawHeaders,
    headers,
    ...peer,
  };
}

/** Of a name that came more than once, the values are a list (RFC 9110 §5.3). */
function byName(rawHeaders: readonly string[]): Record<string, string | undefined> {
  // `__proto__` is a name like any other.
  const headers = Object.create(null) as Record<string, string | undefined>;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? "").toLowerCase();
    const value = rawHeaders[index + 1] ?? "";
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return headers;
}
