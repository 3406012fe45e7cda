// What the head of an answer says to us.
import type { MessageHead } from "../../http1/index.ts";
import type { AnswerHeaders } from "../provider.ts";

/** Lower-case names; those that come more than once are joined (RFC 9110 §5.3). */
export function headersOf({ rawHeaders }: MessageHead): AnswerHeaders {
  const headers: Record<string, string> = {};
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? "";
    const value = rawHeaders[at + 1] ?? "";
    headers[name] = Object.hasOwn(headers, name) ? `${headers[name]}, ${value}` : value;
  }
  return headers;
}

/** Another answer follows it (RFC 9110 §15.2). The one that ends HTTP, 101, is none: nobody asked for that. */
export function isInterim({ status }: MessageHead): boolean {
  return status < 200 && status !== 101;
}

/** A redirect would be a way out of the lawful set, and packed bytes were not asked for. */
export function isGarbage({ status }: MessageHead, headers: AnswerHeaders): boolean {
  const isRedirect = status >= 300 && status < 400;
  return status < 200 || isRedirect || (headers["content-encoding"] ?? "identity") !== "identity";
}

/** Uvicorn, under which most engines run, ends a connection that was idle for 5 s, and does not say so. */
const assumedIdleMs = 4_000;
const mostIdleMs = 600_000;
/** The other end counts from when it sent, and we from when it came. */
const marginMs = 1_000;

/** For how long the connection may be used again (RFC 2068 §19.7.1.1); 0 or less: not at all. */
export function idleMsOf({ keepsAlive }: MessageHead, headers: AnswerHeaders): number {
  if (!keepsAlive) return 0;
  const stated = /(?:^|[\s,;])timeout=(\d{1,9})/i.exec(headers["keep-alive"] ?? "")?.[1];
  if (stated === undefined) return assumedIdleMs;
  return Math.min(mostIdleMs, Number(stated) * 1_000 - marginMs);
}
