// A model server that answers at once, so that what is left to measure is whatever stands in front of it:
// `node upstream.ts PORT`. Where a request asks for `"pace_ms":N`, its stream has an event each N ms, and each says when it
// was written, on the clock that all processes of a machine share (CLOCK_MONOTONIC).
import { createServer, type Socket } from "node:net";
import { MessageReader } from "./message-reader.ts";

const content = "The quick brown fox jumps over the lazy dog. ".repeat(4);
const usage = { prompt_tokens: 20, completion_tokens: 40, total_tokens: 60 };
const common = { id: "chatcmpl-bench", created: 1, model: "bench" };
const whole = JSON.stringify({
  ...common,
  object: "chat.completion",
  choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
  usage,
});
const tokens = 40;
const plainToken = chunked(event({ content: "token " }, null));
const lastEvents = [chunked(event({}, "stop")), chunked("data: [DONE]\n\n"), "0\r\n\r\n"];
const streamHead = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

createServer({ noDelay: true }, (socket) => {
  let head = "";
  let body: Buffer[] = [];
  const reader = new MessageReader({
    onHead(text) {
      head = text;
      body = [];
    },
    onBody(bytes) {
      body.push(bytes);
    },
    onEnd() {
      answer(socket, head, Buffer.concat(body));
    },
  });
  socket.on("data", (bytes) => reader.push(bytes));
  socket.on("error", () => socket.destroy());
}).listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => process.stdout.write("ready\n"));

function answer(socket: Socket, head: string, body: Buffer): void {
  if (head.startsWith("GET")) return give(socket, "{}");
  const asked = body.toString("latin1");
  if (!/"stream": ?true/.test(asked)) return give(socket, whole);
  const paceMs = Number(/"pace_ms": ?(\d+)/.exec(asked)?.[1] ?? 0);
  socket.write(streamHead);
  if (paceMs > 0) return pace(socket, paceMs);
  for (let token = 0; token < tokens; token++) socket.write(plainToken);
  for (const each of lastEvents) socket.write(each);
}

function pace(socket: Socket, paceMs: number): void {
  let token = 0;
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer);
    else if (token++ < tokens) socket.write(chunked(event({ content: `@${writtenAtMicros()} ` }, null)));
    else {
      clearInterval(timer);
      for (const each of lastEvents) socket.write(each);
    }
  }, paceMs);
}

function writtenAtMicros(): bigint {
  return process.hrtime.bigint() / 1000n;
}

function give(socket: Socket, text: string): void {
  socket.write(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
}

function event(delta: object, finish: string | null): string {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return `data: ${JSON.stringify({ ...common, object: "chat.completion.chunk", choices })}\n\n`;
}

function chunked(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}
