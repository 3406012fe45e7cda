// A model server by the byte: what arrives at its sockets is counted where no code of ours can talk it out of it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { TestContext } from "node:test";

export interface RawUpstream {
  readonly url: string;
  /** Over all connections. */
  received(): string;
  /** Ever made. */
  connections(): number;
  openConnections(): number;
  close(): Promise<void>;
}

/** Calls `onRequest` with each whole request's head and body. */
export async function listen(
  t: TestContext,
  onRequest: (socket: Socket, request: string) => void,
  host?: string,
): Promise<RawUpstream> {
  const onConnection = (socket: Socket): void => {
    let pending = "";
    socket.on("data", (bytes) => {
      pending += String(bytes);
      if (!isWhole(pending)) return;
      const request = pending;
      pending = "";
      onRequest(socket, request);
    });
  };
  return listenRaw(t, onConnection, host);
}

/** Calls `onConnection` with each connection; its bytes are read, and counted, as soon as somebody listens for them. */
export async function listenRaw(
  t: TestContext,
  onConnection: (socket: Socket) => void,
  host = "127.0.0.1",
): Promise<RawUpstream> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let received = "";
  const server: Server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => sockets.delete(socket));
    onConnection(socket);
    if (!socket.destroyed && !socket.isPaused()) socket.on("data", (bytes) => (received += String(bytes)));
  });
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await once(server.close(), "close");
  };
  t.after(close);
  await once(server.listen(0, host), "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address);
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
    received: () => received,
    connections: () => connections,
    openConnections: () => sockets.size,
    close,
  };
}

export function okAnswer(text: string, headers = ""): string {
  return `HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n${headers}\r\n${text}`;
}

function isWhole(request: string): boolean {
  const [head = "", body] = request.split("\r\n\r\n");
  return body !== undefined && body.length === Number(/content-length: (\d+)/.exec(head)?.[1] ?? 0);
}
