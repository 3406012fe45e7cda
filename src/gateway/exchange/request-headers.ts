import type { RequestHead } from "./channel.ts";
import { GatewayError } from "./gateway-error.ts";

/** What a caller may say about the subject (DESIGN §8), and who that is. A misspelt one must not be silently without effect. */
const signalHeaders = ["bailiwick-jurisdiction", "bailiwick-class", "bailiwick-subject"] as const;

/** What another cell says of a request that it passes on: the id of the transfer, 128 random bits in hex. */
export const transferHeader = "bailiwick-transfer";
const transferPattern = /^[0-9a-f]{32}$/;

/** Headers on which a decision hangs. A list of two is not what the caller said. */
const singleHeaders = [
  "authorization",
  "x-api-key",
  "api-key",
  "content-type",
  "content-encoding",
  "expect",
  "host",
];

/** All that stands behind the first question mark of a target (RFC 3986 §3.4). */
export function queryOf({ target }: RequestHead): URLSearchParams {
  const at = target.indexOf("?");
  return new URLSearchParams(at === -1 ? "" : target.slice(at + 1));
}

/** Throws for headers that contradict themselves or look like a signal and are none. */
export function checkHeaders(head: RequestHead): void {
  const { rawHeaders, httpVersion, headers } = head;
  // Most requests have a few of them.
  const seen: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? "").toLowerCase();
    // With `_` too, as CGI and many frameworks spell it.
    const isSignal = /^bailiwick[-_]/.test(name);
    const isTransfer = name === transferHeader;
    if (isSignal && !isTransfer && !signalHeaders.some((known) => known === name)) throw unknownSignal();
    if (isTransfer && !transferPattern.test(rawHeaders[index + 1] ?? "")) throw malformedTransfer();
    if (!isSignal && !singleHeaders.includes(name)) continue;
    if (seen.includes(name)) throw duplicate(name, isSignal);
    seen.push(name);
  }
  if (headers["host"] === undefined && httpVersion === "1.1") {
    throw new GatewayError("caller_invalid_request", "header `host` is missing (RFC 9112 §3.2)", {
      param: "host",
    });
  }
  // Also that of a target in absolute form, where it must not hide who is meant (RFC 9110 §4.2.4).
  if (hostOf(head).includes("@")) {
    throw new GatewayError("caller_invalid_request", "the host holds an `@`", { param: "host" });
  }
}

/** The value of a header that {@link checkHeaders} found to be single; null when it is absent. */
export function headerOf({ headers }: RequestHead, name: string): string | null {
  return headers[name] ?? null;
}

/** The name that the caller gave this cell, lower-case, without port and root dot (RFC 9110 §7.2); empty for none. */
export function hostOf(head: RequestHead): string {
  const host = headerOf(head, "host") ?? "";
  return host.toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "");
}

/** The length of the body, where the caller has said it. */
export function announcedBytes(head: RequestHead): number | null {
  const length = headerOf(head, "content-length");
  return length === null ? null : Number(length);
}

/** Whether a body follows the headers (RFC 9112 §6.3). */
export function announcesBody({ headers }: RequestHead): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function duplicate(name: string, isSignal: boolean): GatewayError {
  const type = isSignal ? "caller_invalid_signal" : "caller_invalid_request";
  return new GatewayError(type, `header \`${name}\` appears more than once; send it once`, { param: name });
}

function malformedTransfer(): GatewayError {
  return new GatewayError("caller_invalid_signal", `header \`${transferHeader}\`: expected 32 hex digits`, {
    param: transferHeader,
  });
}

function unknownSignal(): GatewayError {
  const known = signalHeaders.map((name) => `\`${name}\``).join(", ");
  return new GatewayError(
    "caller_invalid_signal",
    `a header whose name begins with \`bailiwick-\` or \`bailiwick_\` is not known here; requests may carry ${known}`,
  );
}
