// One endpoint of Bedrock's has models that are asked in different dialects: each goes its own way, whatever its caller speaks.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { engineOperations } from "../../src/wire/index.ts";
import { converseAnswerOf, converseEventsOf } from "../support/converse-events.ts";
import { chunkFrame, converseFrame } from "../support/event-stream-frame.ts";
import { startRawUpstream } from "../support/raw-http.ts";
import { keyOf, startTestCell, testPolicy } from "../support/test-cell.ts";
import { messageEvents, messageWith } from "./anthropic-shapes.ts";

const asked = {
  chat_completions: '"messages":[{"role":"user","content":"hi"}]',
  messages: '"max_tokens":9,"messages":[{"role":"user","content":"hi"}]',
  responses: '"input":"hi"',
} as const;

type Asked = keyof typeof asked;

const models = {
  claude: { whole: "/invoke", stream: "/invoke-with-response-stream" },
  nova: { whole: "/converse", stream: "/converse-stream" },
} as const;

const names = { claude: "us.anthropic.claude-opus-5-5-v1:0", nova: "us.amazon.nova-lite-v1:0" };
const said = { reasoning: [], text: ["The law."], calls: [] };

for (const model of ["claude", "nova"] as const) {
  for (const operation of ["chat_completions", "messages", "responses"] as const) {
    for (const isStream of [false, true]) {
      const way = models[model][isStream ? "stream" : "whole"];
      test(`${operation} for ${model}${isStream ? ", streamed," : ""} go by ${way}, and are answered as they were asked`, async (t) => {
        const { requests, ask } = await startBedrock(t);
        const told = await ask(model, operation, `,"stream":${isStream}`);
        const path = `/model/${encodeURIComponent(names[model])}${way}`;
        assert.equal(requests[0]?.split(" ")[1], path);
        assert.match(told, objects[operation][isStream ? "stream" : "whole"]);
        assert.match(told, /The law/);
      });
    }
  }
}

const objects: Readonly<Record<Asked, { readonly whole: RegExp; readonly stream: RegExp }>> = {
  chat_completions: { whole: /"object":"chat\.completion"/, stream: /data: \[DONE\]\n\n$/ },
  messages: { whole: /"type":"message"/, stream: /event: message_stop\n/ },
  responses: { whole: /"object":"response"/, stream: /event: response\.completed\n/ },
};

test("signed thinking goes to Claude byte for byte, and is refused for a model of another maker", async (t) => {
  const { requests, ask } = await startBedrock(t);
  const thinking = '{"type":"thinking", "thinking":"A map.","signature":"EqQB\\u002f"}';
  const turns = `"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[${thinking}]},{"role":"user","content":"so?"}]`;
  await ask("claude", "messages", "", `"max_tokens":9,${turns}`);
  assert.ok(requests[0]?.includes(turns), requests[0]);
  const told = await ask("nova", "messages", "", `"max_tokens":9,${turns}`);
  assert.match(told, /"type":"invalid_request_error".*is signed by a provider/);
  assert.equal(requests.length, 1);
});

interface Bedrock {
  readonly requests: readonly string[];
  /** The body of the answer. */
  readonly ask: (model: string, operation: Asked, more: string, members?: string) => Promise<string>;
}

async function startBedrock(t: TestContext): Promise<Bedrock> {
  const upstream = await startRawUpstream(t, (socket, request) => socket.end(answerTo(request), "latin1"));
  const endpoint =
    "provider: bedrock, region: us-east-1/us, url: https://bedrock-runtime.us-east-1.amazonaws.com, support: US";
  const policy = testPolicy
    .replace(
      "\nmodels:",
      `\n  bedrock: { cell: us-virginia, engine: bedrock, ${endpoint}, key: "\${env:BEDROCK_KEY}" }\nmodels:`,
    )
    .replace(
      "models:\n",
      `models:\n  claude: { served-by: { bedrock: "${names.claude}" } }\n  nova: { served-by: { bedrock: "${names.nova}" } }\n`,
    );
  const cell = await startTestCell(t, {
    policy,
    cell: "us-virginia",
    urls: { bedrock: upstream.url },
    apiKeys: { bedrock: "ABSKkey" },
  });
  return {
    requests: upstream.requests,
    async ask(model, operation, more, members = asked[operation]) {
      const path = engineOperations.find(({ name }) => name === operation)?.path ?? "";
      const answer = await fetch(cell.gateway.url + path, {
        method: "POST",
        headers: { authorization: `Bearer ${keyOf("demo-shop")}`, "content-type": "application/json" },
        body: `{"model":"${model}",${members}${more}}`,
      });
      return answer.text();
    },
  };
}

function answerTo(request: string): string {
  const path = request.split(" ")[1] ?? "";
  if (path.endsWith("/invoke"))
    return whole(messageWith([{ type: "text", text: "The law." }], "end_turn").body);
  if (path.endsWith("/converse")) return whole(JSON.stringify(converseAnswerOf(said)));
  if (path.endsWith("/converse-stream"))
    return streamed(converseEventsOf(said).map(([name, event]) => converseFrame(name, event)));
  return streamed(messageEvents(undefined).map((event) => chunkFrame(event)));
}

function whole(body: string): string {
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

function streamed(frames: readonly Buffer[]): string {
  const body = Buffer.concat(frames).toString("latin1");
  return `HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}
