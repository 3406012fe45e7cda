// A WebSocket client by hand: what it was told, in order, and how it ended.
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { type ClientOptions, WebSocket } from "ws";
import { keyOf, type TestCell } from "./test-cell.ts";

export type ToldEvent = { readonly type: string } & Readonly<Record<string, unknown>>;

export interface RealtimeClient {
  readonly webSocket: WebSocket;
  /** Of the answer to the handshake. */
  readonly headers: IncomingMessage["headers"];
  readonly events: readonly ToldEvent[];
  /** As they came. */
  readonly texts: readonly string[];
  say(event: object | string): void;
  /** The next event of the type that has not been waited for yet. */
  heard(type: string): Promise<ToldEvent>;
  /** With the code and the reason that the other end said. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

interface Asking {
  readonly tenant?: string;
  readonly model?: string;
  readonly path?: string;
  readonly protocols?: readonly string[];
  readonly options?: ClientOptions;
}

/** Rejects with {@link RefusedError} where the handshake is answered otherwise. */
export async function connectRealtime(
  { gateway }: Pick<TestCell, "gateway">,
  { tenant = "demo-bank", model = "assistant", path, protocols = [], options = {} }: Asking = {},
): Promise<RealtimeClient> {
  const url = `${gateway.url}${path ?? `/v1/realtime?model=${encodeURIComponent(model)}`}`;
  const headers = { ...(protocols.length === 0 && { authorization: `Bearer ${keyOf(tenant)}` }) };
  const webSocket = new WebSocket(url.replace(/^http/, "ws"), [...protocols], { headers, ...options });
  const events: ToldEvent[] = [];
  const texts: string[] = [];
  const waited = new Map<string, number>();
  let told = Promise.withResolvers<void>();
  webSocket.on("message", (data: Buffer) => {
    texts.push(String(data));
    events.push(JSON.parse(String(data)) as ToldEvent);
    told.resolve();
    told = Promise.withResolvers();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    webSocket.once("close", (code, reason) => {
      resolve({ code, reason: String(reason) });
      told.resolve();
    }),
  );
  const answered = await opened(webSocket);
  return {
    webSocket,
    headers: answered,
    events,
    texts,
    closed,
    say: (event) => webSocket.send(typeof event === "string" ? event : JSON.stringify(event)),
    async heard(type) {
      const from = waited.get(type) ?? 0;
      for (;;) {
        const at = events.findIndex((event, index) => index >= from && event.type === type);
        const event = events[at];
        if (event) {
          waited.set(type, at + 1);
          return event;
        }
        if (webSocket.readyState === webSocket.CLOSED)
          throw new Error(`closed before \`${type}\`: ${texts.join("\n")}`);
        await told.promise;
      }
    },
  };
}

export class RefusedError extends Error {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly error: { readonly type: string; readonly message: string; readonly param: string | null };

  constructor(response: IncomingMessage, body: string) {
    super(`${response.statusCode} ${body}`);
    this.status = response.statusCode ?? 0;
    this.headers = response.headers;
    this.error = (JSON.parse(body) as Pick<RefusedError, "error">).error;
  }
}

async function opened(webSocket: WebSocket): Promise<IncomingMessage["headers"]> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage["headers"]>();
  let headers: IncomingMessage["headers"] = {};
  webSocket.once("upgrade", (response: IncomingMessage) => (headers = response.headers));
  webSocket.once("open", () => resolve(headers));
  webSocket.once("unexpected-response", (_request, response: IncomingMessage) => {
    let body = "";
    response.setEncoding("utf8").on("data", (piece: string) => (body += piece));
    void once(response, "end").then(() => reject(new RefusedError(response, body)));
  });
  webSocket.on("error", reject);
  return promise;
}

/** What the handshake was refused with. */
export async function refusedRealtime(...asked: Parameters<typeof connectRealtime>): Promise<RefusedError> {
  try {
    const { webSocket } = await connectRealtime(...asked);
    webSocket.terminate();
  } catch (error) {
    if (error instanceof RefusedError) return error;
    throw error;
  }
  throw new Error("the session was opened");
}
