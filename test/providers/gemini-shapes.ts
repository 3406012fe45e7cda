// ai.google.dev/api/generate-content and /gemini-api/docs/troubleshooting; errors as google.aip.dev/193 has them.
import assert from "node:assert/strict";
import { type ProviderShapes, secretKey } from "./provider-shapes.ts";

const rest = {
  usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 4, totalTokenCount: 13 },
  modelVersion: "gemini-3-pro",
  responseId: "mAitaLmkHPPlz7IPvtfUqQ4",
};
const words: ReadonlyMap<number, string> = new Map([
  [400, "INVALID_ARGUMENT"],
  [401, "UNAUTHENTICATED"],
  [403, "PERMISSION_DENIED"],
  [404, "NOT_FOUND"],
  [429, "RESOURCE_EXHAUSTED"],
  [500, "INTERNAL"],
  [503, "UNAVAILABLE"],
]);

export const geminiAnswers = {
  whole: { body: JSON.stringify(answerOf([{ text: "The law of the place." }])) },
  called: { body: JSON.stringify(answerOf([{ functionCall: { name: "look_up", args: { act: 1 } } }])) },
  events: [
    event({ content: { role: "model", parts: [{ text: "The" }] }, index: 0 }),
    event({ content: { role: "model", parts: [{ text: " law" }] }, index: 0 }),
    event({ content: { role: "model", parts: [{ text: "." }] }, index: 0 }),
    event({ content: { role: "model", parts: [{ text: "" }] }, finishReason: "STOP", index: 0 }),
  ],
} as const;

/** It says in its body when to come back. */
export const googleSaturated = {
  body: googleError(429, "You exceeded your current quota.", [
    { "@type": "type.googleapis.com/google.rpc.QuotaFailure", violations: [] },
    { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "1s" },
  ]),
};

export const geminiShapes: ProviderShapes = {
  engine: "gemini",
  key: secretKey,
  // Of the provider's data no place is known, so that nothing may go there.
  endpoint: "url: https://generativelanguage.googleapis.com, operator: pacific-cloud, place: US",
  elsewhereEndpoint: null,
  model: "gemini-3-pro",
  operation: "chat_completions",
  members: '"messages":[{"role":"user","content":"Which law governs the act?"}]',
  tools: ',"tools":[{"type":"function","function":{"name":"look_up","parameters":{"type":"object"}}}]',
  headers: "server-timing: gfet4t7; dur=812\r\n",
  ...geminiAnswers,
  elsewhere: geminiAnswers.whole,
  eventType: "text/event-stream",
  refusedKey: {
    status: 400,
    body: googleError(400, "API key expired. Please renew the API key.", [
      {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        reason: "API_KEY_INVALID",
        domain: "googleapis.com",
        metadata: { service: "generativelanguage.googleapis.com" },
      },
    ]),
  },
  saturated: googleSaturated,
  errorOf: (status) => googleError(status, "Something went wrong"),
  requireDocumented(request) {
    const [head = "", body = ""] = request.split("\r\n\r\n");
    assert.match(
      head,
      /^POST \/v1beta\/models\/gemini-3-pro:(generateContent|streamGenerateContent\?alt=sse) HTTP\/1\.1\r\n/,
    );
    assert.ok(head.includes(`\r\nx-goog-api-key: ${secretKey}\r\n`));
    assert.doesNotMatch(head, /\r\nauthorization:/i);
    requireGenerateContent(body);
  },
};

export function requireGenerateContent(body: string): void {
  const members = JSON.parse(body) as Readonly<Record<string, unknown>>;
  assert.ok(Array.isArray(members["contents"]));
  for (const name of ["model", "stream", "messages"]) assert.ok(!Object.hasOwn(members, name), name);
}

export function googleError(status: number, message: string, details: readonly object[] = []): string {
  const error = { code: status, message, status: words.get(status) ?? "UNKNOWN" };
  return JSON.stringify({ error: details.length === 0 ? error : { ...error, details } });
}

function answerOf(parts: readonly object[]): object {
  return {
    candidates: [{ content: { role: "model", parts }, finishReason: "STOP", index: 0 }],
    ...rest,
  };
}

function event(candidate: object): string {
  return `data: ${JSON.stringify({ candidates: [candidate], ...rest })}\r\n\r\n`;
}
