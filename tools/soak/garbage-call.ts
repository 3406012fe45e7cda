// Whoever comes with something that is no request of HTTP's: it is answered or shut out, and takes nothing from others.
import { connect } from "node:net";
import type { Call } from "./journal.ts";

const giveUpMs = 10_000;

const garbages: readonly string[] = [
  "SSH-2.0-OpenSSH_9.2\r\n",
  "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003",
  "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
  "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999\r\n\r\n",
  "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
  `GET / HTTP/1.1\r\nhost: x\r\n${"a: b\r\n".repeat(5_000)}`,
  "\0".repeat(4_096),
];

/** The `number`th of them, over a connection of its own. */
export function sendGarbage(url: string, number: number): Promise<Call> {
  const startedMs = performance.now();
  const { hostname, port } = new URL(url);
  const { promise, resolve } = Promise.withResolvers<Call>();
  const socket = connect(Number(port), hostname);
  let text = "";
  let fault: string | null = null;
  const end = (ended: Call["ended"]): void => {
    clearTimeout(timer);
    socket.destroy();
    const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
    resolve({
      kind: "garbage",
      tenant: "bank",
      person: null,
      startedMs,
      endedMs: performance.now(),
      status: status === undefined ? null : Number(status),
      error: null,
      rid: null,
      position: null,
      bytes: text.length,
      fault,
      ended,
    });
  };
  const timer = setTimeout(() => end("late"), giveUpMs);
  socket.on("error", (error: NodeJS.ErrnoException) => (fault = error.code ?? error.message));
  socket.on("data", (data) => (text = (text + data.toString("latin1")).slice(0, 1_000)));
  socket.on("close", () => end("broken"));
  socket.write(garbages[number % garbages.length] ?? "", "latin1");
  return promise;
}
