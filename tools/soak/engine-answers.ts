// What an engine says, as bytes.
import { unreachable } from "../../src/base/index.ts";
import { tokenBounds } from "./money.ts";

const members = '"id":"chatcmpl-1","created":1,"model":"m"';

export type Shape = "whole" | "stream" | "vector";

export interface TokenUsage {
  readonly read: number;
  readonly written: number;
}

/** Of the nth answer of an engine; null: it says nothing. */
export function usageOf(number: number): TokenUsage | null {
  if (number % 9 === 0) return null;
  return { read: 1 + (number % tokenBounds.context), written: 1 + (number % tokenBounds.output) };
}

interface Answer {
  readonly usage: TokenUsage | null;
  readonly text?: string;
  readonly isLie?: boolean;
}

/** `remote_host` is Ollama's word for having forwarded the request: evidence of a place outside the permit. */
export function answer(shape: Shape, { text = "yes", isLie = false, usage }: Answer): string {
  const lie = isLie ? ',"remote_host":"https://elsewhere.example","remote_model":"m"' : "";
  switch (shape) {
    case "whole":
      return http(
        200,
        `{${members}${lie},"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"${text}"},"finish_reason":"stop"}]${usageMember(usage)}}`,
      );
    case "vector":
      return http(
        200,
        `{"object":"list","model":"m"${lie},"data":[{"object":"embedding","index":0,"embedding":[0.25,-0.5]}]${usageMember(usage && { ...usage, written: 0 })}}`,
      );
    case "stream":
      return http(
        200,
        `${events(text, lie).join("")}${lastEvents(usage)}`,
        "content-type: text/event-stream\r\n",
      );
    default:
      return unreachable(shape);
  }
}

function usageMember(usage: TokenUsage | null): string {
  if (usage === null) return "";
  const { read, written } = usage;
  return `,"usage":{"prompt_tokens":${read},"completion_tokens":${written},"total_tokens":${read + written}}`;
}

/** Why it ended comes first: of a stream that does not say it no message can be made. */
function lastEvents(usage: TokenUsage | null): string {
  const end = `data: {${members},"object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n`;
  const counts = `data: {${members},"object":"chat.completion.chunk","choices":[]${usageMember(usage)}}\n\n`;
  return `${end}${usage === null ? "" : counts}data: [DONE]\n\n`;
}

/** The same stream in pieces, to be sent one after the other. */
export function streamInPieces(usage: TokenUsage | null): readonly string[] {
  const pieces = [...Array.from({ length: 6 }, () => event("yes", "")), lastEvents(usage)];
  const head = `HTTP/1.1 200 -\r\ncontent-type: text/event-stream\r\ncontent-length: ${pieces.join("").length}\r\n\r\n`;
  return [head, ...pieces];
}

export function busy(retryAfterMs: number): string {
  return http(429, "{}", `retry-after-ms: ${retryAfterMs}\r\n`);
}

export function status(code: number): string {
  return http(code, "{}");
}

export const garbage = "SSH-2.0-OpenSSH_9.2\r\n\0\u0001\u0002";

/** More than the buffers between two sockets hold. */
export const longText: string = "lorem ipsum ".repeat(600_000);

function events(text: string, lie: string): readonly string[] {
  const pieceLength = 64 * 1024;
  const pieces = Math.max(2, Math.ceil(text.length / pieceLength));
  return Array.from({ length: pieces }, (_, at) =>
    event(text.length > pieceLength ? text.slice(at * pieceLength, (at + 1) * pieceLength) : text, lie),
  );
}

function event(text: string, lie: string): string {
  return `data: {${members}${lie},"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"${text}"},"finish_reason":null}]}\n\n`;
}

function http(code: number, body: string, headers = "content-type: application/json\r\n"): string {
  return `HTTP/1.1 ${code} -\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`;
}
