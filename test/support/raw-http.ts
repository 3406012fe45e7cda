// HTTP by the byte, for what no client library would send or show.
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { TestContext } from "node:test";

export interface RawAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** All of it, interim answers too. */
  readonly text: string;
}

/** A connection that says what it is told and keeps what it hears. */
export interface RawClient {
  readonly socket: Socket;
  send(text: string): void;
  /** Resolves with everything heard, when the other side has ended. */
  ended(): Promise<RawAnswer>;
  /** Resolves as soon as `needle` was heard. */
  heard(needle: string): Promise<string>;
}

export async function openRaw(t: TestContext, url: string): Promise<RawClient> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  t.after(() => socket.destroy());
  await once(socket, "connect");
  let text = "";
  const waiting: { readonly needle: string; readonly resolve: (text: string) => void }[] = [];
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    for (const { needle, resolve } of waiting) if (text.includes(needle)) resolve(text);
  });
  const end = once(socket, "end");
  end.catch(() => undefined);
  return {
    socket,
    send: (bytes) => void socket.write(bytes),
    async ended() {
      await end;
      return parseAnswer(text);
    },
    heard(needle) {
      const { promise, resolve } = Promise.withResolvers<string>();
      waiting.push({ needle, resolve });
      if (text.includes(needle)) resolve(text);
      return promise;
    },
  };
}

function parseAnswer(text: string): RawAnswer {
  const start = text.lastIndexOf("HTTP/1.1 ");
  const [head = "", ...rest] = text.slice(start).split("\r\n\r\n");
  const [statusLine = "", ...lines] = head.split("\r\n");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return {
    status: Number(statusLine.split(" ")[1]),
    headers: Object.fromEntries(headers),
    body: rest.join("\r\n\r\n"),
    text,
  };
}

export interface RawUpstream {
  readonly url: string;
  /** Requests that came, headers and body each. */
  readonly requests: readonly string[];
  /** Connections that the other side has closed. */
  closed(): Promise<void>;
}

/** An upstream that a test plays by the byte: `answer` is called once a request's body is complete. */
export async function startRawUpstream(
  t: TestContext,
  answer: (socket: Socket, request: string) => void,
): Promise<RawUpstream> {
  const requests: string[] = [];
  const hangUp = Promise.withResolvers<void>();
  const server: Server = createServer((socket) => {
    let text = "";
    socket.on("error", () => undefined).once("close", () => hangUp.resolve());
    t.after(() => socket.destroy());
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      const { head, body } = splitMessage(text);
      const length = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      if (!text.includes("\r\n\r\n") || Buffer.byteLength(body) < length) return;
      requests.push(text);
      const request = text;
      text = "";
      answer(socket, request);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests, closed: () => hangUp.promise };
}

/** At the first empty line: a body may hold more of them. */
export function splitMessage(text: string): { readonly head: string; readonly body: string } {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  return { head, body: rest.join("\r\n\r\n") };
}

/** The head of a streamed answer, after which events follow as they are. */
export const streamHead =
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-sim-place: DE\r\nconnection: close\r\n\r\n";

export function wholeAnswer(
  status: number,
  body: string,
  headers = "",
  contentType = "application/json",
): string {
  return (
    `HTTP/1.1 ${status} X\r\ncontent-type: ${contentType}\r\nx-sim-place: DE\r\n${headers}` +
    `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}

export function chunkEvent(content: string): string {
  const chunk = {
    id: "c",
    object: "chat.completion.chunk",
    created: 0,
    model: "m",
    choices: [{ index: 0, delta: { content } }],
  };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}
