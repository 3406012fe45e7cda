// docs.aws.amazon.com/bedrock/latest/APIReference: Converse and ConverseStream, for a model of Amazon's own.
import assert from "node:assert/strict";
import { converseAnswerOf, converseEventsOf } from "../support/converse-events.ts";
import { converseFrame } from "../support/event-stream-frame.ts";
import { azureOpenAiShapes } from "./azure-openai-shapes.ts";
import { bedrockShapes, requireSigned } from "./bedrock-shapes.ts";
import type { ProviderShapes } from "./provider-shapes.ts";

const said = { reasoning: [], text: ["The law", " of the place."], calls: [] };
const whole = { body: JSON.stringify(converseAnswerOf(said)) };

export const bedrockConverseShapes: ProviderShapes = {
  ...bedrockShapes,
  engine: "bedrock (Converse)",
  model: "us.amazon.nova-lite-v1:0",
  operation: "chat_completions",
  members: azureOpenAiShapes.members,
  tools: azureOpenAiShapes.tools,
  whole,
  called: {
    body: JSON.stringify(
      converseAnswerOf({ reasoning: [], text: [], calls: [{ id: "tooluse_1", json: ['{"act":1}'] }] }),
    ),
  },
  elsewhere: whole,
  events: converseEventsOf(said).map(([name, event]) => converseFrame(name, event).toString("latin1")),
  requireDocumented(request) {
    const { line, members } = requireSigned(request);
    assert.match(line, /^POST \/model\/us\.amazon\.nova-lite-v1%3A0\/converse(-stream)? /);
    assert.deepEqual(members["messages"], [
      { role: "user", content: [{ text: "Which law governs the act?" }] },
    ]);
    for (const name of ["model", "stream", "anthropic_version"])
      assert.ok(!Object.hasOwn(members, name), name);
  },
};
