// A request for a chat completion, as one for Bedrock's Converse. The model, and whether the answer is a stream, stand in the
// path there and not in the body (docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html).
import { withoutNeutral } from "../from-chat/neutral.ts";
import {
  maxTokensOf,
  present,
  requireStreamOptions,
  schemaOf,
  stopWordsOf,
  temperatureUpToOne,
} from "../from-chat/settings.ts";
import { readTool, readToolChoice, requireNoToolChoice, type ToolChoice } from "../from-chat/tools.ts";
import { blocksOf, type Content, turnsOf } from "../from-chat/turns.ts";
import {
  listAt,
  type Members,
  presentMembers,
  requireKnown,
  UntranslatableError,
} from "../untranslatable.ts";
import { converseBlocks } from "./blocks.ts";

const known = [
  "model",
  "messages",
  "max_tokens",
  "max_completion_tokens",
  "temperature",
  "top_p",
  "stop",
  "stream",
  "stream_options",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "response_format",
  "service_tier",
] as const;

export function converseRequestOf(body: Members): object {
  const members = withoutNeutral(presentMembers(body));
  requireKnown(members, known, "");
  requireStreamOptions(members);
  const { system, turns } = turnsOf(members, converseBlocks);
  const inferenceConfig = present({
    maxTokens: maxTokensOf(members),
    temperature: temperatureUpToOne(members),
    topP: members["top_p"],
    stopSequences: stopWordsOf(members),
  });
  return {
    ...(system.length === 0 ? {} : { system: blocks(system) }),
    messages: turns.map(({ role, content }) => ({ role, content: blocks(content) })),
    ...(Object.keys(inferenceConfig).length === 0 ? {} : { inferenceConfig }),
    ...toolsOf(members),
    ...formatOf(members),
    ...tierOf(members["service_tier"]),
  };
}

function blocks(content: Content): readonly object[] {
  return blocksOf(content, converseBlocks);
}

function toolsOf(members: Members): object {
  // A model calls as many at once as it sees fit.
  if (members["parallel_tool_calls"] === false) throw new UntranslatableError("parallel_tool_calls");
  if (members["tools"] === undefined) {
    requireNoToolChoice(members);
    return {};
  }
  const tools = listAt(members["tools"], "tools").map((tool, index) => {
    const { schema, ...named } = readTool(tool, index);
    return { toolSpec: present({ ...named, inputSchema: { json: schema } }) };
  });
  return { toolConfig: { tools, ...choiceOf(readToolChoice(members)) } };
}

function choiceOf(choice: ToolChoice | null): object {
  if (choice === null) return {};
  if (choice === "none")
    throw new UntranslatableError("tool_choice", "must let a tool be called at the model's endpoint");
  if (typeof choice !== "string") return { toolChoice: { tool: choice } };
  return { toolChoice: choice === "auto" ? { auto: {} } : { any: {} } };
}

/** The schema is a text there. */
function formatOf(members: Members): object {
  const format = schemaOf(members);
  if (format === null) return {};
  const jsonSchema = present({ schema: JSON.stringify(format.schema), name: format.name });
  return { outputConfig: { textFormat: { type: "json_schema", structure: { jsonSchema } } } };
}

const tiers: readonly unknown[] = ["default", "flex", "priority"];

/** `auto` leaves it to the provider, as silence does. */
function tierOf(tier: unknown): object {
  if (tier === undefined || tier === "auto") return {};
  if (!tiers.includes(tier)) throw new UntranslatableError("service_tier");
  return { serviceTier: { type: tier } };
}
