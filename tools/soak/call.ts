// One request, as a caller of its kind makes it, and what became of it.
import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import type { Call, CallKind } from "./journal.ts";
import { keyOf, limits, type TenantName } from "./lawful-sets.ts";

/** Longer than any request may take: who waits so long was forgotten. */
const giveUpMs = 25_000;
/** Who reads nothing is let go after the idle timeout; it looks after twice that what is left for it. */
export const stallMs: number = limits.idleTimeoutMs * 2 + 1_000;

export interface Asking {
  readonly url: string;
  readonly tenant: TenantName;
  readonly kind: CallKind;
  readonly model: "assistant" | "fast";
  readonly isStream: boolean;
  /** Of a caller that leaves. */
  readonly leavesAfterMs: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

export function ask(asking: Asking): Promise<Call> {
  const { kind, tenant } = asking;
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
      const error = /"error":\{.*?"type":"(\w+)"/.exec(text)?.[1] ?? null;
      resolve({
        kind,
        tenant,
        startedMs,
        endedMs: performance.now(),
        status,
        error,
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
    if (kind === "leaves") timers.push(setTimeout(() => quit("left"), asking.leavesAfterMs));
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

function open({ url, tenant, kind }: Asking): ClientRequest {
  return request(`${url}/v1/chat/completions`, {
    method: "POST",
    // What is odd about a connection is not left to the next caller.
    ...(["plain", "stream", "flood"].includes(kind) ? { agent } : { agent: false }),
    headers: {
      authorization: `Bearer ${keyOf(kind === "wrong-key" ? "nobody" : tenant)}`,
      "content-type": "application/json",
    },
  });
}

function send(sent: ClientRequest, asking: Asking): void {
  const { kind } = asking;
  const body = kind === "bad-body" ? '{"model":"assistant","messages":[' : bodyOf(asking);
  sent.setHeader("content-length", Buffer.byteLength(body));
  if (kind === "unfinished") sent.write(body.slice(0, -20));
  else sent.end(body);
}

function bodyOf({ kind, tenant, model, isStream }: Asking): string {
  return JSON.stringify({
    model: kind === "unknown-model" ? "nothing" : model,
    stream: isStream,
    messages: [{ role: "user", content: "hello" }],
    // What the engines know the caller by.
    user: kind === "stalls" ? `${tenant}/much` : tenant,
  });
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
  return !isStream || text.includes("data: [DONE]") || text.includes('"error":{');
}
