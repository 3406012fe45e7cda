// One request, as a caller of its kind makes it, and what became of it.
import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import { unreachable } from "../../src/base/index.ts";
import type { Call, CallKind } from "./journal.ts";
import { type KeyName, keyOf, limits, type TenantName } from "./lawful-sets.ts";
import { embedder, tokenBounds } from "./money.ts";

/** Longer than any request may take: who waits so long was forgotten. */
const giveUpMs = 25_000;
/** Who reads nothing is let go after the idle timeout; it looks after twice that what is left for it. */
export const stallMs: number = limits.idleTimeoutMs * 2 + 1_000;

export const operations = {
  chat: "/v1/chat/completions",
  messages: "/v1/messages",
  embeddings: "/v1/embeddings",
} as const;
export type OperationName = keyof typeof operations;

export interface Asking {
  readonly url: string;
  readonly tenant: TenantName;
  readonly key: KeyName;
  readonly person: string | null;
  readonly kind: Exclude<CallKind, "garbage">;
  readonly operation: OperationName;
  readonly model: "assistant" | "fast";
  readonly isStream: boolean;
  /** Of a caller that leaves. */
  readonly leavesAfterMs: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

export function ask(asking: Asking): Promise<Call> {
  const { kind, tenant, person } = asking;
  const startedMs = performance.now();
  return new Promise((resolve) => {
    let response: IncomingMessage | null = null;
    let text = "";
    let bytes = 0;
    let fault: string | null = null;
    const sent = open(asking);
    const end = (ended: Call["ended"]): void => {
      for (const timer of timers) clearTimeout(timer);
      const { status, rid, position } = headOf(response);
      resolve({
        kind,
        tenant,
        person,
        startedMs,
        endedMs: performance.now(),
        status,
        error: errorIn(text),
        rid,
        position,
        bytes,
        fault,
        ended,
      });
    };
    const quit = (ended: Call["ended"]): void => {
      end(ended);
      sent.destroy();
    };
    const timers = [setTimeout(() => quit("late"), giveUpMs)];
    if (kind === "leaves" || kind === "half")
      timers.push(setTimeout(() => quit("left"), asking.leavesAfterMs));
    sent.on("error", (error: NodeJS.ErrnoException) => {
      fault = `${error.code}${sent.reusedSocket ? " on a kept connection" : ""}`;
      end("broken");
    });
    sent.on("response", (come) => {
      response = come;
      // Enough to know an error by, and the end of a stream.
      come.setEncoding("latin1").on("data", (part: string) => {
        bytes += part.length;
        text = (text + part).slice(-4_096);
      });
      if (kind === "stalls") {
        come.pause();
        timers.push(setTimeout(() => come.resume(), stallMs));
      }
      come.on("error", () => undefined).on("close", () => end(isWhole(come, text) ? "whole" : "broken"));
    });
    send(sent, asking);
  });
}

function open({ url, tenant, key, person, kind, operation }: Asking): ClientRequest {
  return request(`${url}${operations[operation]}`, {
    method: "POST",
    // What is odd about a connection is not left to the next caller.
    ...(["plain", "stream", "flood"].includes(kind) ? { agent } : { agent: false }),
    headers: {
      authorization: `Bearer ${keyOf(kind === "wrong-key" ? "nobody" : tenant, key)}`,
      "content-type": "application/json",
      ...(person === null ? {} : { "bailiwick-subject": person }),
    },
  });
}

function send(sent: ClientRequest, asking: Asking): void {
  const { kind } = asking;
  const body = kind === "bad-body" ? '{"model":"assistant","messages":[' : bodyOf(asking);
  sent.setHeader("content-length", Buffer.byteLength(body));
  if (kind === "unfinished" || kind === "half") sent.write(body.slice(0, -20));
  else sent.end(body);
}

function bodyOf({ kind, tenant, operation, model: known, isStream }: Asking): string {
  const mapped = operation === "embeddings" ? embedder : known;
  const model = kind === "unknown-model" ? "nothing" : mapped;
  // What the engines know the caller by.
  const user = kind === "stalls" ? `${tenant}/much` : tenant;
  const messages = [{ role: "user", content: "hello" }];
  switch (operation) {
    case "chat":
      return JSON.stringify({ model, stream: isStream, messages, user });
    case "messages":
      return JSON.stringify({
        model,
        stream: isStream,
        max_tokens: tokenBounds.output,
        messages,
        metadata: { user_id: user },
      });
    case "embeddings":
      return JSON.stringify({ model, input: "hello", user });
    default:
      return unreachable(operation);
  }
}

/** In either dialect; an engine's own word is none of these. */
function errorIn(text: string): string | null {
  const words = /"error":\{.*?"(?:type|code)":"((?:policy|caller|provider|gateway)_\w+)"/s;
  return words.exec(text)?.[1] ?? null;
}

function headOf(response: IncomingMessage | null): Pick<Call, "status" | "rid" | "position"> {
  const header = (name: string): string | null => {
    const value = response?.headers[name];
    return typeof value === "string" ? value : null;
  };
  return {
    status: response?.statusCode ?? null,
    rid: header("bailiwick-request-id"),
    position: header("bailiwick-ledger"),
  };
}

/** A stream that ends with an error event was ended properly, and is told apart by its error. */
function isWhole(response: IncomingMessage, text: string): boolean {
  if (!response.complete) return false;
  const isStream = response.headers["content-type"]?.startsWith("text/event-stream") ?? false;
  const ends = ["data: [DONE]", "event: message_stop", '"error":{'];
  return !isStream || ends.some((end) => text.includes(end));
}
