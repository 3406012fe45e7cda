// The one place where heads of answers are written (RFC 9112 §4).
import type { InstantMs } from "../../base/index.ts";
import { reasonPhrases } from "../../http1/index.ts";
import { dateText } from "./date-text.ts";

/** Longer than the proxies before us keep theirs, or they would send into a connection that is just closing. */
export const keepAliveMs = 75_000;

/** An interim answer (RFC 9110 §15.2.1). */
export const continueText = "HTTP/1.1 100 Continue\r\n\r\n";

/** How whoever reads the answer finds its end. */
export type Framing = { readonly length: number } | "chunks" | "end of connection" | "no body";

export interface AnswerHead {
  readonly status: number;
  /** Lower-case names; none that {@link framingLines} writes, save `connection`, which it knows better. */
  readonly headers: Readonly<Record<string, string>>;
  readonly framing: Framing;
  /** No request may follow on the connection. */
  readonly isLast: boolean;
  readonly nowMs: InstantMs;
}

/**
 * The head with its blank line, to be sent as Latin-1. A value that would end its line is an error of ours, and nothing
 * of it is sent (RFC 9110 §5.5).
 */
export function formatHead({ status, headers, framing, isLast, nowMs }: AnswerHead): string {
  let text = `HTTP/1.1 ${status} ${reasonPhrases[status] ?? ""}\r\n`;
  for (const name in headers) {
    if (name !== "connection") text += lineOf(name, headers[name] ?? "");
  }
  return `${text}date: ${dateText(nowMs)}\r\n${framingLines(framing)}${isLast ? closeLine : keepAliveLines}\r\n`;
}

/** The lines alone, of an answer whose first and last lines are another's. */
export function formatFields(headers: Readonly<Record<string, string>>, nowMs: InstantMs): readonly string[] {
  const lines = Object.entries(headers).map(([name, value]) => lineOf(name, value).trimEnd());
  return [...lines, `date: ${dateText(nowMs)}`];
}

const closeLine = "connection: close\r\n";
/** Callers of HTTP/1.0 must be told (RFC 9112 §9.3), and many clients keep to the time that is named. */
const keepAliveLines = `connection: keep-alive\r\nkeep-alive: timeout=${keepAliveMs / 1_000}\r\n`;

function framingLines(framing: Framing): string {
  if (framing === "chunks") return "transfer-encoding: chunked\r\n";
  return typeof framing === "string" ? "" : `content-length: ${framing.length}\r\n`;
}

const token = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * State of the thread: the newest line of each name. Most answers say the same of all but the request. The names are those
 * that we give ourselves.
 */
const lines = new Map<string, Line>();

interface Line {
  value: string;
  text: string;
}

function lineOf(name: string, value: string): string {
  const known = lines.get(name);
  if (known?.value === value) return known.text;
  if (!token.test(name) || !fieldValue.test(value))
    throw new TypeError("a header of an answer holds what no header may hold");
  const text = `${name}: ${value}\r\n`;
  if (known === undefined) lines.set(name, { value, text });
  else [known.value, known.text] = [value, text];
  return text;
}
