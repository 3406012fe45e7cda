// learn.microsoft.com/azure/ai-foundry/openai/reference: paths, headers and errors of the data plane.
import assert from "node:assert/strict";
import { type ProviderShapes, secretKey } from "./provider-shapes.ts";

const codes: ReadonlyMap<number, string> = new Map([
  [403, "Forbidden"],
  [404, "DeploymentNotFound"],
  [408, "Timeout"],
]);

const ids =
  "apim-request-id: 5a3c1e6f-6b1d-4d8e-9c5f-0a1b2c3d4e5f\r\nx-request-id: 6b4d2f70-7c2e-4e9f-8d60-1b2c3d4e5f60\r\n";
const usage = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 };
const filtered = { hate: { filtered: false, severity: "safe" } };

export const azureOpenAiShapes: ProviderShapes = {
  engine: "azure-openai",
  key: secretKey,
  endpoint:
    "provider: azure-openai, region: eastus2/standard, url: https://acme.openai.azure.com, support: US",
  elsewhereEndpoint: null,
  model: "my-gpt",
  operation: "chat_completions",
  members: '"messages":[{"role":"user","content":"Which law governs the act?"}]',
  tools: ',"tools":[{"type":"function","function":{"name":"look_up","parameters":{"type":"object"}}}]',
  headers: `${ids}x-ms-region: East US 2\r\nx-ms-deployment-name: my-gpt\r\n`,
  whole: completionOf({ role: "assistant", content: "The law of the place." }, "stop"),
  called: completionOf(
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "call_1", type: "function", function: { name: "look_up", arguments: '{"act":1}' } }],
    },
    "tool_calls",
  ),
  elsewhere: {
    ...completionOf({ role: "assistant", content: "from elsewhere" }, "stop"),
    headers: `${ids}x-ms-region: West Europe\r\n`,
  },
  events: [
    // What was found in the prompt comes first, in a chunk without choices.
    event({ choices: [], prompt_filter_results: [{ prompt_index: 0, content_filter_results: filtered }] }),
    event({ choices: [{ index: 0, delta: { role: "assistant", content: "The" }, finish_reason: null }] }),
    event({ choices: [{ index: 0, delta: { content: " law" }, finish_reason: null }] }),
    event({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }),
    event({ choices: [], usage }),
    "data: [DONE]\n\n",
  ],
  eventType: "text/event-stream; charset=utf-8",
  refusedKey: {
    status: 401,
    body: errorBody("401", "Access denied due to invalid subscription key or wrong API endpoint."),
  },
  errorOf: (status) => errorBody(codes.get(status) ?? String(status), "Something went wrong"),
  requireDocumented(request) {
    const [head = "", body = ""] = request.split("\r\n\r\n");
    assert.match(
      head,
      /^POST \/openai\/deployments\/my-gpt\/chat\/completions\?api-version=2024-10-21 HTTP\/1\.1\r\n/,
    );
    assert.ok(head.includes(`\r\napi-key: ${secretKey}\r\n`));
    assert.doesNotMatch(head, /\r\nauthorization:/i);
    assert.ok(Array.isArray((JSON.parse(body) as { readonly messages: unknown }).messages));
  },
};

function completionOf(message: object, reason: string): { readonly body: string } {
  const choices = [{ index: 0, message, finish_reason: reason, content_filter_results: filtered }];
  return {
    body: JSON.stringify({ id: "chatcmpl-1", object: "chat.completion", model: "gpt-5.2", choices, usage }),
  };
}

function event(members: object): string {
  const chunk = { id: "chatcmpl-1", object: "chat.completion.chunk", model: "gpt-5.2", ...members };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

function errorBody(code: string, message: string): string {
  return JSON.stringify({ error: { code, message } });
}
