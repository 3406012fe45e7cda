// A request for a chat completion, as one for Gemini's generateContent. The model, and whether the answer is a stream, stand in
// the path there and not in the body (ai.google.dev/api/generate-content).
import { withoutNeutral } from "../from-chat/neutral.ts";
import {
  answerFormatOf,
  maxTokensOf,
  present,
  requireStreamOptions,
  requireUsualTier,
  stopWordsOf,
} from "../from-chat/settings.ts";
import { readTool, readToolChoice, requireNoToolChoice, type ToolChoice } from "../from-chat/tools.ts";
import { turnsOf } from "../from-chat/turns.ts";
import {
  listAt,
  type Members,
  presentMembers,
  requireKnown,
  UntranslatableError,
} from "../untranslatable.ts";
import { geminiParts, partsOf } from "./parts.ts";

const known = [
  "model",
  "messages",
  "max_tokens",
  "max_completion_tokens",
  "temperature",
  "top_p",
  "top_k",
  "stop",
  "stream",
  "stream_options",
  "seed",
  "presence_penalty",
  "frequency_penalty",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "reasoning_effort",
  "response_format",
  "service_tier",
] as const;

export function geminiRequestOf(body: Members): object {
  const members = withoutNeutral(presentMembers(body));
  requireKnown(members, known, "");
  requireStreamOptions(members);
  requireUsualTier(members);
  const words = geminiParts();
  const { system, turns } = turnsOf(members, words);
  const generationConfig = {
    ...present({
      maxOutputTokens: maxTokensOf(members),
      temperature: members["temperature"],
      topP: members["top_p"],
      topK: members["top_k"],
      stopSequences: stopWordsOf(members),
      seed: members["seed"],
      presencePenalty: members["presence_penalty"],
      frequencyPenalty: members["frequency_penalty"],
    }),
    ...thinkingOf(members),
    ...formatOf(members),
  };
  return {
    ...(system.length === 0 ? {} : { systemInstruction: { parts: partsOf(system, words) } }),
    contents: turns.map(({ role, content }) => ({
      role: role === "assistant" ? "model" : "user",
      parts: partsOf(content, words),
    })),
    ...toolsOf(members),
    ...(Object.keys(generationConfig).length === 0 ? {} : { generationConfig }),
  };
}

const levels: ReadonlyMap<unknown, string> = new Map([
  ["minimal", "MINIMAL"],
  ["low", "LOW"],
  ["medium", "MEDIUM"],
  ["high", "HIGH"],
]);

function thinkingOf({ reasoning_effort: effort }: Members): object {
  if (effort === undefined) return {};
  if (effort === "none") return { thinkingConfig: { thinkingBudget: 0 } };
  const thinkingLevel = levels.get(effort);
  if (thinkingLevel === undefined) throw new UntranslatableError("reasoning_effort");
  return { thinkingConfig: { thinkingLevel } };
}

/** A schema's name is a label, for which there is no place. */
function formatOf(members: Members): object {
  const format = answerFormatOf(members);
  if (format === "text") return {};
  const responseMimeType = "application/json";
  return format === "json" ? { responseMimeType } : { responseMimeType, responseJsonSchema: format.schema };
}

function toolsOf(members: Members): object {
  // A model calls as many at once as it sees fit.
  if (members["parallel_tool_calls"] === false) throw new UntranslatableError("parallel_tool_calls");
  if (members["tools"] === undefined) {
    requireNoToolChoice(members);
    return {};
  }
  const tools = listAt(members["tools"], "tools").map(readTool);
  const functionDeclarations = tools.map(({ name, description, schema }) =>
    present({ name, description, parametersJsonSchema: schema }),
  );
  const isStrict = tools.some(({ strict }) => strict === true);
  return { tools: [{ functionDeclarations }], ...choiceOf(readToolChoice(members), isStrict) };
}

/** `VALIDATED` is as free as `AUTO`, and keeps calls to their schemas; `ANY` does that anyway. */
function choiceOf(choice: ToolChoice | null, isStrict: boolean): object {
  if (choice === "none") return modeOf({ mode: "NONE" });
  if (choice === "required") return modeOf({ mode: "ANY" });
  if (choice !== null && choice !== "auto")
    return modeOf({ mode: "ANY", allowedFunctionNames: [choice.name] });
  if (isStrict) return modeOf({ mode: "VALIDATED" });
  return choice === null ? {} : modeOf({ mode: "AUTO" });
}

function modeOf(functionCallingConfig: object): object {
  return { toolConfig: { functionCallingConfig } };
}
