// An engine of responses that keeps them, as a provider does: an id of another account's is unknown to it, and so is what it
// has not encrypted itself. What its callers say may be read here as it reached the socket.
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

export interface KeepingEngine {
  readonly url: string;
  /** Bodies that reached it, in order. */
  readonly bodies: readonly string[];
  /** Whom it answers, from now on: nobody where false. */
  isUp: boolean;
}

interface Item {
  readonly type?: string;
  readonly id?: string;
  readonly encrypted_content?: string;
}

interface Asked {
  readonly stream?: boolean;
  readonly previous_response_id?: string | null;
  readonly input: string | readonly Item[];
}

export async function startKeepingEngine(t: TestContext, name: string): Promise<KeepingEngine> {
  const [responses, items, sealed] = [new Map<string, number>(), new Set<string>(), new Set<string>()];
  const bodies: string[] = [];
  let made = 0;
  const fault = (asked: Asked): string | null => {
    const { previous_response_id: previous, input } = asked;
    if (previous != null && !responses.has(previous)) return "previous_response_not_found";
    for (const item of typeof input === "string" ? [] : input) {
      if (item.type === "item_reference" && !items.has(item.id ?? "")) return "item_not_found";
      if (item.type === "reasoning" && !sealed.has(item.encrypted_content ?? ""))
        return "invalid_encrypted_content";
    }
    return null;
  };
  const answer = (asked: Asked): Answer => {
    const turn = (responses.get(asked.previous_response_id ?? "") ?? 0) + 1;
    const id = `${name}${++made}`;
    responses.set(`resp_${id}`, turn);
    items.add(`msg_${id}`);
    sealed.add(`gAAA/${id}+=`);
    return { id, previous: asked.previous_response_id ?? null, text: `${name}, turn ${turn}` };
  };
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => void (text += chunk));
    request.on("end", () => {
      if (!engine.isUp) {
        response.socket?.destroy();
        return;
      }
      bodies.push(text);
      const asked = JSON.parse(text) as Asked;
      const code = fault(asked);
      if (code !== null)
        send(response, 400, { error: { message: code, code, type: "invalid_request_error" } });
      else if (asked.stream === true) sendEvents(response, answer(asked));
      else send(response, 200, responseOf(answer(asked), "completed"));
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => void (server.closeAllConnections(), server.close()));
  const engine = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies, isUp: true };
  return engine;
}

interface Answer {
  readonly id: string;
  readonly previous: string | null;
  readonly text: string;
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json", "x-sim-place": "DE" });
  response.end(JSON.stringify(body));
}

function reasoningOf({ id }: Answer): object {
  return { type: "reasoning", id: `rs_${id}`, summary: [], encrypted_content: `gAAA/${id}+=` };
}

function messageOf({ id, text }: Answer): object {
  const content = [{ type: "output_text", text, annotations: [] }];
  return { type: "message", id: `msg_${id}`, role: "assistant", status: "completed", content };
}

function responseOf(answer: Answer, status: string): object {
  const output = status === "completed" ? [reasoningOf(answer), messageOf(answer)] : [];
  return {
    id: `resp_${answer.id}`,
    object: "response",
    created_at: 1,
    model: "m",
    status,
    previous_response_id: answer.previous,
    output,
    usage: status === "completed" ? { input_tokens: 3, output_tokens: 2, total_tokens: 5 } : null,
  };
}

function sendEvents(response: ServerResponse, answer: Answer): void {
  const { id, text } = answer;
  const of = { output_index: 1, content_index: 0, item_id: `msg_${id}` };
  const events = [
    { type: "response.created", response: responseOf(answer, "in_progress") },
    { type: "response.output_item.added", output_index: 0, item: reasoningOf(answer) },
    { type: "response.output_item.done", output_index: 0, item: reasoningOf(answer) },
    { type: "response.output_item.added", output_index: 1, item: { ...messageOf(answer), content: [] } },
    { type: "response.content_part.added", ...of, part: { type: "output_text", text: "", annotations: [] } },
    { type: "response.output_text.delta", ...of, delta: text },
    { type: "response.output_item.done", output_index: 1, item: messageOf(answer) },
    { type: "response.completed", response: responseOf(answer, "completed") },
  ];
  response.writeHead(200, { "content-type": "text/event-stream", "x-sim-place": "DE" });
  for (const [at, event] of events.entries())
    response.write(`event: ${event.type}\ndata: ${JSON.stringify({ sequence_number: at, ...event })}\n\n`);
  response.end();
}
