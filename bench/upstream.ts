// A model server that answers at once, so that what is left to measure is whatever stands in front of it.
import { createServer } from "node:http";

const content = "The quick brown fox jumps over the lazy dog. ".repeat(4);
const usage = { prompt_tokens: 20, completion_tokens: 40, total_tokens: 60 };
const common = { id: "chatcmpl-bench", created: 1, model: "bench" };
const whole = JSON.stringify({
  ...common,
  object: "chat.completion",
  choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
  usage,
});
const chunk = (delta: object, finish: string | null): string =>
  `data: ${JSON.stringify({ ...common, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const chunks = [
  ...Array.from({ length: 40 }, () => chunk({ content: "token " }, null)),
  chunk({}, "stop"),
  "data: [DONE]\n\n",
];

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => {
    if (request.method === "GET") {
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    } else if (Buffer.concat(parts).includes('"stream":true')) {
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const part of chunks) response.write(part);
      response.end();
    } else {
      response.writeHead(200, { "content-type": "application/json" }).end(whole);
    }
  });
});
server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => process.stdout.write("ready\n"));
