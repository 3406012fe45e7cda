// An engine of chats that wants two tools called, and answers once it has their results.
import type { TestContext } from "node:test";
import { type RawUpstream, startRawUpstream, streamHead, wholeAnswer } from "./raw-http.ts";

export function startWeatherEngine(t: TestContext, isStream: boolean): Promise<RawUpstream> {
  return startRawUpstream(t, (socket, request) => {
    const wants = !request.includes('"role":"tool"');
    if (isStream) socket.end(streamHead + (wants ? streamedCalls : streamedAnswer));
    else socket.write(wholeAnswer(200, wants ? wholeCalls : wholeText));
  });
}

const usage = { prompt_tokens: 5, completion_tokens: 2 };
const calls = [toolCall("t-1", "Bonn"), toolCall("t-2", "Köln")];
const wholeCalls = chat({ message: { content: null, tool_calls: calls }, finish_reason: "tool_calls" });
const wholeText = chat({ message: { content: "Rain in both." }, finish_reason: "stop" });
const streamedCalls = stream(
  calls.map((call, index) => ({ tool_calls: [{ index, ...call }] })),
  "tool_calls",
);
const streamedAnswer = stream([{ content: "Rain " }, { content: "in both." }], "stop");

function chat(choice: object): string {
  return JSON.stringify({ object: "chat.completion", choices: [{ index: 0, ...choice }], usage });
}

function stream(deltas: readonly object[], finish: string): string {
  const chunks = [
    ...deltas.map((delta) => ({ choices: [{ index: 0, delta, finish_reason: null }] })),
    { choices: [{ index: 0, delta: {}, finish_reason: finish }] },
    { choices: [], usage },
  ];
  return `${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("")}data: [DONE]\n\n`;
}

function toolCall(id: string, place: string): object {
  return { id, type: "function", function: { name: "weather", arguments: JSON.stringify({ place }) } };
}
