// A model server at the world's edge, on a bare socket: it counts what reaches it before any parser has a say, and misbehaves on order.
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

export const misbehaviours = [
  "none",
  "reset",
  "busy",
  "overloaded",
  "error",
  "garbage",
  "redirect",
  "cut",
  "empty",
  "not-found",
] as const;
export type Misbehaviour = (typeof misbehaviours)[number];

export interface FakeModelServer {
  readonly url: string;
  behaviour: Misbehaviour;
  /** Between a request and its answer. */
  delayMs: number;
  /** Called for each request of a caller's that reaches the socket, whole or not, before it is answered. */
  onRequest: () => void;
  /** Connections that were ever opened to it. */
  connections: number;
  /** Where a redirect points. */
  redirectTo: string;
  close(): Promise<void>;
}

export async function startFakeModelServer(): Promise<FakeModelServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    fake.connections++;
    sockets.add(socket.on("close", () => sockets.delete(socket)).on("error", () => undefined));
    serve(socket, fake);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const fake: FakeModelServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    behaviour: "none",
    delayMs: 0,
    onRequest: () => undefined,
    connections: 0,
    redirectTo: "",
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
  return fake;
}

function serve(socket: Socket, fake: FakeModelServer): void {
  let received = "";
  socket.on("data", (data) => {
    if (received === "" && data.toString("latin1", 0, 4) === "POST") fake.onRequest();
    received += data.toString("latin1");
    const end = received.indexOf("\r\n\r\n");
    if (end === -1) return;
    const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0);
    if (received.length < end + 4 + length) return;
    const isProbe = received.startsWith("GET");
    const isStream = received.includes('"stream":true');
    received = "";
    if (isProbe) socket.write(http(200, "{}"));
    else if (fake.delayMs > 0) setTimeout(() => answer(socket, fake, isStream), fake.delayMs);
    else answer(socket, fake, isStream);
  });
}

function answer(socket: Socket, { behaviour, redirectTo }: FakeModelServer, isStream: boolean): void {
  switch (behaviour) {
    case "none":
      return void socket.write(isStream ? stream() : http(200, whole));
    case "reset":
      return void socket.resetAndDestroy();
    case "busy":
      return void socket.write(http(429, "{}", ["retry-after-ms: 3"]));
    case "overloaded":
      return void socket.write(http(503, "{}", ["retry-after-ms: 3"]));
    case "error":
      return void socket.write(http(500, "{}"));
    case "garbage":
      return void socket.end("SSH-2.0-OpenSSH_9.2\r\n\0\u0001\u0002");
    case "redirect":
      return void socket.write(http(307, "", [`location: ${redirectTo}/v1/chat/completions`]));
    case "cut":
      return void socket.end((isStream ? stream() : http(200, whole)).slice(0, -40));
    case "empty":
      return void socket.write(http(200, ""));
    case "not-found":
      return void socket.write(http(404, "{}"));
  }
}

const common = '"id":"chatcmpl-1","created":1,"model":"m"';
const whole = `{${common},"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"yes"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`;
const chunk = `{${common},"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"yes"},"finish_reason":null}]}`;

function stream(): string {
  const body = `data: ${chunk}\n\ndata: ${chunk}\n\ndata: [DONE]\n\n`;
  return http(200, body, ["content-type: text/event-stream"]);
}

function http(
  status: number,
  body: string,
  headers: readonly string[] = ["content-type: application/json"],
): string {
  return `HTTP/1.1 ${status} -\r\n${headers.map((line) => `${line}\r\n`).join("")}content-length: ${body.length}\r\n\r\n${body}`;
}
