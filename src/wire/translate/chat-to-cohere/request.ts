// A request for a chat completion, as one for Cohere's `/v2/chat` (docs.cohere.com/reference/chat).
import { withoutNeutral } from "../from-chat/neutral.ts";
import {
  answerFormatOf,
  maxTokensOf,
  present,
  requireStreamOptions,
  requireUsualTier,
  stopWordsOf,
  temperatureUpToOne,
} from "../from-chat/settings.ts";
import {
  readTool,
  readToolChoice,
  requireNoToolChoice,
  type Tool,
  type ToolChoice,
} from "../from-chat/tools.ts";
import {
  listAt,
  type Members,
  presentMembers,
  requireKnown,
  UntranslatableError,
} from "../untranslatable.ts";
import { cohereMessagesOf } from "./messages.ts";

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

export function cohereRequestOf(body: Members, model: string): object {
  const members = withoutNeutral(presentMembers(body));
  requireKnown(members, known, "");
  requireStreamOptions(members);
  requireUsualTier(members);
  return {
    model,
    messages: cohereMessagesOf(members),
    ...present({
      stream: members["stream"],
      max_tokens: maxTokensOf(members),
      temperature: temperatureUpToOne(members),
      p: within(members, "top_p", [0.01, 0.99]),
      k: members["top_k"],
      stop_sequences: stopWordsOf(members),
      seed: members["seed"],
      presence_penalty: within(members, "presence_penalty", [0, 1]),
      frequency_penalty: within(members, "frequency_penalty", [0, 1]),
    }),
    ...thinkingOf(members),
    ...formatOf(members),
    ...toolsOf(members),
  };
}

/** A chat's range is wider: what is cut off to fit would be another wish. */
function within(members: Members, name: string, [least, most]: readonly [number, number]): unknown {
  const value = members[name];
  if (typeof value === "number" && (value < least || value > most))
    throw new UntranslatableError(
      name,
      `is ${least} to ${most} at the model's endpoint, whose dialect knows no more`,
    );
  return value;
}

/** It thinks or does not, as Cohere's own door for chats reads these two words (docs.cohere.com/docs/compatibility-api). */
const thinking: ReadonlyMap<unknown, string> = new Map([
  ["none", "disabled"],
  ["high", "enabled"],
]);

function thinkingOf({ reasoning_effort: effort }: Members): object {
  if (effort === undefined) return {};
  const type = thinking.get(effort);
  if (type === undefined)
    throw new UntranslatableError("reasoning_effort", "is `none` or `high` at the model's endpoint");
  return { thinking: { type } };
}

/** A schema's name is a label, for which there is no place. */
function formatOf(members: Members): object {
  const format = answerFormatOf(members);
  if (format === "text") return {};
  const type = "json_object";
  return { response_format: format === "json" ? { type } : { type, json_schema: format.schema } };
}

function toolsOf(members: Members): object {
  // A model calls as many at once as it sees fit.
  if (members["parallel_tool_calls"] === false) throw new UntranslatableError("parallel_tool_calls");
  if (members["tools"] === undefined) {
    requireNoToolChoice(members);
    return {};
  }
  const tools = listAt(members["tools"], "tools").map(readTool);
  return {
    tools: tools.map(({ name, description, schema }) => ({
      type: "function",
      function: present({ name, description, parameters: schema }),
    })),
    // All or none of them are kept to.
    ...(tools.some(({ strict }) => strict === true) && { strict_tools: true }),
    ...choiceOf(readToolChoice(members), tools),
  };
}

function choiceOf(choice: ToolChoice | null, tools: readonly Tool[]): object {
  if (choice === null || choice === "auto") return {};
  if (choice === "none") return { tool_choice: "NONE" };
  // That one of several must be called has no words; that the only one must be, has.
  if (choice !== "required" && tools.some(({ name }) => name !== choice.name))
    throw new UntranslatableError(
      "tool_choice",
      "names one of several tools, for which the model's endpoint has no words; send that tool alone, or say `required`",
    );
  return { tool_choice: "REQUIRED" };
}
