// A server of OpenAI's dialect at the world's edge, for another gateway to stand before: it writes, calls tools, embeds, and
// refuses what is too long.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

/** A prompt with this word in it is too long. */
export const tooLong = "endless";
export const vector = [0.5, -1];

type Members = Readonly<Record<string, unknown>>;

/** Its port. The test that asked for it ends it. */
export async function startOpenAiEngine(t: TestContext): Promise<number> {
  const server = createServer((request, response) => void serve(request, response));
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = Buffer.concat(await request.toArray()).toString();
  const asked = JSON.parse(text || "{}") as Members;
  if (request.url === "/v1/embeddings") return answer(response, 200, embedded(asked));
  if (request.url !== "/v1/chat/completions") return answer(response, 404, {});
  if (text.includes(tooLong)) return answer(response, 400, refusal);
  if (asked["stream"] === true) stream(response, asked);
  else answer(response, 200, chat(asked));
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

const refusal = {
  error: {
    message: "This model's maximum context length is 8 tokens.",
    type: "invalid_request_error",
    param: "messages",
    code: "context_length_exceeded",
  },
};
const usage = { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 };
const call = { id: "call_1", type: "function", function: { name: "weather", arguments: '{"place":"Bonn"}' } };

function embedded({ encoding_format: format }: Members): object {
  const base64 = Buffer.from(Float32Array.from(vector).buffer).toString("base64");
  const data = [{ object: "embedding", index: 0, embedding: format === "base64" ? base64 : vector }];
  return { object: "list", data, model: "assistant", usage: { prompt_tokens: 3, total_tokens: 3 } };
}

function chat({ tools }: Members): object {
  const wants = Array.isArray(tools);
  const message = wants
    ? { role: "assistant", content: null, tool_calls: [call] }
    : { role: "assistant", content: "The law of the place." };
  const choice = { index: 0, message, finish_reason: wants ? "tool_calls" : "stop" };
  return { ...head("chat.completion"), choices: [choice], usage };
}

function stream(response: ServerResponse, { tools, stream_options: options }: Members): void {
  const wants = Array.isArray(tools);
  const deltas = wants
    ? [{ role: "assistant", tool_calls: [{ index: 0, ...call }] }]
    : [{ role: "assistant", content: "The law" }, { content: " of the place." }];
  const chunks = [
    ...deltas.map((delta) => ({ choices: [{ index: 0, delta, finish_reason: null }] })),
    { choices: [{ index: 0, delta: {}, finish_reason: wants ? "tool_calls" : "stop" }] },
    ...((options as Members | undefined)?.["include_usage"] === true ? [{ choices: [], usage }] : []),
  ];
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const chunk of chunks)
    response.write(`data: ${JSON.stringify({ ...head("chat.completion.chunk"), ...chunk })}\n\n`);
  response.end("data: [DONE]\n\n");
}

function head(object: string): object {
  return { id: "chatcmpl-1", object, created: 1764547200, model: "assistant" };
}
