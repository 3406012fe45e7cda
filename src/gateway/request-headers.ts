import type { IncomingMessage } from "node:http";
import { GatewayError } from "./gateway-error.ts";

/** What a caller may say about the subject (DESIGN §8), and who that is. A misspelt one must not be silently without effect. */
const signalHeaders = ["bailiwick-jurisdiction", "bailiwick-class", "bailiwick-subject"] as const;

/** What another cell says of a request that it passes on: the id of the transfer, 128 random bits in hex. */
export const transferHeader = "bailiwick-transfer";
const transferPattern = /^[0-9a-f]{32}$/;

/** Headers on which a decision hangs. Node keeps the first or joins them all; neither is what the caller said. */
const singleHeaders = ["authorization", "x-api-key", "content-type", "content-encoding", "expect", "host"];

/** Throws for headers that contradict themselves or look like a signal and are none. */
export function checkHeaders(request: IncomingMessage): void {
  const seen = new Set<string>();
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = (request.rawHeaders[index] ?? "").toLowerCase();
    const isSignal = name.startsWith("bailiwick-");
    const isTransfer = name === transferHeader;
    if (isSignal && !isTransfer && !signalHeaders.some((known) => known === name)) throw unknownSignal();
    if (isTransfer && !transferPattern.test(request.rawHeaders[index + 1] ?? "")) throw malformedTransfer();
    if (seen.has(name) && (isSignal || singleHeaders.includes(name))) throw duplicate(name, isSignal);
    seen.add(name);
  }
  if (!seen.has("host") && request.httpVersion === "1.1") {
    throw new GatewayError("caller_invalid_request", "header `host` is missing (RFC 9112 §3.2)", {
      param: "host",
    });
  }
}

/** The value of a header that {@link checkHeaders} found to be single; null when it is absent. */
export function headerOf(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  return typeof value === "string" ? value : null;
}

/** The name that the caller gave this cell, lower-case, without port and root dot (RFC 9110 §7.2); empty for none. */
export function hostOf(request: IncomingMessage): string {
  const host = headerOf(request, "host") ?? "";
  return host.toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "");
}

/** Whether a body follows the headers (RFC 9112 §6.3). */
export function announcesBody({ headers }: IncomingMessage): boolean {
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
    `a header whose name begins with \`bailiwick-\` is not known here; requests may carry ${known}`,
  );
}
