// An engine that a test plays, event by event, over real sockets.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { type WebSocket, WebSocketServer } from "ws";
import type { TinyCertificate } from "./tiny-certificates.ts";

export interface RealtimeEngine {
  readonly url: string;
  /** Heads of the handshakes that came. */
  readonly asked: readonly { readonly url: string; readonly headers: IncomingMessage["headers"] }[];
  /** What came in its sessions, as it came. */
  readonly heard: readonly string[];
  /** How each session's connection ended. */
  readonly closeCodes: readonly number[];
  openCount(): number;
}

type OnSession = (webSocket: WebSocket, say: (event: object | string) => void) => void;

export async function startRealtimeEngine(
  t: TestContext,
  onSession: OnSession,
  tls: TinyCertificate | null = null,
): Promise<RealtimeEngine> {
  const asked: { url: string; headers: IncomingMessage["headers"] }[] = [];
  const heard: string[] = [];
  const closeCodes: number[] = [];
  const open = new Set<WebSocket>();
  const server = tls
    ? createSecureServer({ cert: tls.certificate, key: tls.key }, refuse)
    : createServer(refuse);
  const sessions = new WebSocketServer({ server });
  sessions.on("connection", (webSocket, request) => {
    asked.push({ url: request.url ?? "", headers: request.headers });
    open.add(webSocket);
    webSocket.on("error", () => undefined);
    webSocket.on("message", (data: Buffer) => heard.push(String(data)));
    webSocket.on("close", (code) => {
      open.delete(webSocket);
      closeCodes.push(code);
    });
    onSession(webSocket, (event) =>
      webSocket.send(typeof event === "string" ? event : JSON.stringify(event)),
    );
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(async () => {
    for (const webSocket of open) webSocket.terminate();
    server.closeAllConnections();
    await once(server.close(), "close");
  });
  const url = `${tls ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, asked, heard, closeCodes, openCount: () => open.size };
}

function refuse(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(404).end();
}

/** The policy with its first endpoint as a server of OpenAI's dialect, that knows `solo` as `gpt-realtime`. */
export function playedBy(policy: string, serves = "realtime"): string {
  return policy
    .replace(
      "fra-1: { cell: eu-frankfurt, engine: sim,",
      `fra-1: { cell: eu-frankfurt, engine: openai-compatible, serves: [${serves}],`,
    )
    .replace("solo: { served-by: { fra-1: assistant } }", "solo: { served-by: { fra-1: gpt-realtime } }");
}
