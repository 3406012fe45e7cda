// docs.cohere.com/reference/chat, /docs/streaming and /reference/errors.
import assert from "node:assert/strict";
import { cohereAnswerOf, cohereEventsOf } from "../support/cohere-events.ts";
import { openAiShapes } from "./openai-shapes.ts";
import { type ProviderShapes, secretKey } from "./provider-shapes.ts";

const said = { reasoning: [], text: ["The law", " of the place."], calls: [] };
const whole = { body: JSON.stringify(cohereAnswerOf(said)) };

export const cohereShapes: ProviderShapes = {
  ...openAiShapes,
  engine: "cohere",
  // A deployment of one's own: of the provider's data no place is known, so that nothing may go there.
  endpoint: "url: https://cohere.internal, operator: pacific-cloud, place: US",
  model: "command-a-plus-05-2026",
  headers: "",
  whole,
  called: {
    body: JSON.stringify(
      cohereAnswerOf({
        reasoning: [],
        text: [],
        calls: [{ id: "look_up_p1t92w7gfgq7", json: ['{"act":1}'] }],
      }),
    ),
  },
  elsewhere: whole,
  events: [
    ...cohereEventsOf(said).map(([name, event]) => `event: ${name}\ndata: ${JSON.stringify(event)}\n\n`),
    "data: [DONE]\n\n",
  ],
  eventType: "text/event-stream",
  refusedKey: { status: 401, body: cohereError("invalid api token") },
  errorOf: () => cohereError("Something went wrong"),
  requireDocumented(request) {
    const [head = "", body = ""] = request.split("\r\n\r\n");
    assert.match(head, /^POST \/v2\/chat HTTP\/1\.1\r\n/);
    assert.ok(head.includes(`\r\nauthorization: Bearer ${secretKey}\r\n`));
    const { model, messages } = JSON.parse(body) as Readonly<Record<string, unknown>>;
    assert.equal(model, "command-a-plus-05-2026");
    assert.deepEqual(messages, [{ role: "user", content: "Which law governs the act?" }]);
  },
};

export function cohereError(message: string): string {
  return JSON.stringify({ id: "44558cc5-318a-42ac-bf42-9b9f3c6afabd", message });
}
