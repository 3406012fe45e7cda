// What browsers ask before a page of another origin may ask us (https://fetch.spec.whatwg.org/#http-cors-protocol).
import type { RequestHead } from "../exchange/channel.ts";
import { headerOf } from "../exchange/request-headers.ts";

/** What a page may read beside the body: what SDKs look at, and all that we say of a request's way. */
const exposed = [
  "age",
  "bailiwick-cache",
  "bailiwick-cell",
  "bailiwick-endpoint",
  "bailiwick-evidence",
  "bailiwick-ledger",
  "bailiwick-policy",
  "bailiwick-region",
  "bailiwick-request-id",
  "retry-after",
  "x-request-id",
  "x-should-retry",
].join(", ");

/** For every answer: nothing where the cell names no origins, and no leave for one that it does not name. */
export function crossOriginHeaders(
  head: RequestHead,
  origins: readonly string[],
): Readonly<Record<string, string>> {
  if (origins.length === 0) return {};
  const origin = headerOf(head, "origin");
  if (origin === null || !origins.includes(origin)) return { vary: "origin" };
  return {
    vary: "origin",
    "access-control-allow-origin": origin,
    "access-control-expose-headers": exposed,
  };
}

/**
 * For the answer to a preflight. It asks for the names of headers, and is answered before anybody is identified, since a
 * browser sends no credential with it; what the request then carries is judged as from anybody.
 */
export function preflightHeaders(head: RequestHead, allow: string): Readonly<Record<string, string>> {
  const wanted = headerOf(head, "access-control-request-headers") ?? "";
  return {
    allow,
    "access-control-allow-methods": allow,
    ...(/^[\w-]+( *, *[\w-]+)*$/.test(wanted) && { "access-control-allow-headers": wanted }),
    "access-control-max-age": "600",
  };
}
