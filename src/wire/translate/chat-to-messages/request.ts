// A request for a chat completion, as one for a message.
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
import { turnsOf } from "../from-chat/turns.ts";
import {
  listAt,
  type Members,
  presentMembers,
  requireKnown,
  textAt,
  UntranslatableError,
} from "../untranslatable.ts";
import { messageBlocks } from "./blocks.ts";

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
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "user",
  "safety_identifier",
  "reasoning_effort",
  "response_format",
  "service_tier",
] as const;

/**
 * A message must say how much may be written, and a chat need not. The most that every model of the dialect's owner takes: one
 * that writes more is told so by name, and an answer that was cut says `length`.
 */
const maxTokensUnlessSaid = 4_096;

export function messageRequestOf(body: Members, model: string): object {
  const members = withoutNeutral(presentMembers(body));
  requireKnown(members, known, "");
  requireStreamOptions(members);
  const { system, turns } = turnsOf(members, messageBlocks);
  const { top_p, top_k, stream } = members;
  return {
    model,
    max_tokens: maxTokensOf(members) ?? maxTokensUnlessSaid,
    ...(system.length === 0 ? {} : { system }),
    messages: turns,
    ...present({ top_p, top_k, stream, temperature: temperatureUpToOne(members) }),
    ...present({ stop_sequences: stopWordsOf(members), ...toolsOf(members), ...userOf(members) }),
    ...effortAndFormat(members),
    ...tierOf(members["service_tier"]),
  };
}

function toolsOf(members: Members): object {
  if (members["tools"] === undefined) {
    requireNoToolChoice(members);
    return {};
  }
  const tools = listAt(members["tools"], "tools").map((tool, index) => {
    const { schema, ...named } = readTool(tool, index);
    return present({ ...named, input_schema: schema });
  });
  return { tools, ...choiceOf(readToolChoice(members), members["parallel_tool_calls"] === false) };
}

const choices = { auto: "auto", required: "any", none: "none" } as const;

/** One call at a time is said with the choice. */
function choiceOf(choice: ToolChoice | null, isSingle: boolean): object {
  if (choice === null && !isSingle) return {};
  const wanted = choice ?? "auto";
  const told = typeof wanted === "string" ? { type: choices[wanted] } : { type: "tool", ...wanted };
  const single = isSingle && wanted !== "none" ? { disable_parallel_tool_use: true } : {};
  return { tool_choice: { ...told, ...single } };
}

function userOf({ user, safety_identifier: newer }: Members): object {
  if (user !== undefined && newer !== undefined && user !== newer)
    throw new UntranslatableError("safety_identifier", "differs from `user`, and a message has one of them");
  const id = newer ?? user;
  return id === undefined ? {} : { metadata: { user_id: id } };
}

const efforts: readonly unknown[] = ["low", "medium", "high"];

/** A schema's name is a label, for which a message has no place. */
function effortAndFormat(members: Members): object {
  const { reasoning_effort: effort } = members;
  const schema = schemaOf(members)?.schema;
  const isThinkingOff = effort === "none";
  const told = isThinkingOff ? undefined : effort;
  if (told !== undefined && !efforts.includes(told)) throw new UntranslatableError("reasoning_effort");
  const format = schema && { type: "json_schema", schema };
  const config = present({ effort: told, format });
  return {
    ...(isThinkingOff ? { thinking: { type: "disabled" } } : {}),
    ...(Object.keys(config).length === 0 ? {} : { output_config: config }),
  };
}

/** `auto` leaves it to the provider, as silence does. */
function tierOf(tier: unknown): object {
  if (tier === undefined || tier === "auto") return {};
  if (textAt(tier, "service_tier") !== "default") throw new UntranslatableError("service_tier");
  return { service_tier: "standard_only" };
}
