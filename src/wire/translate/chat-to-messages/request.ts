// A request for a chat completion, as one for a message.
import { isObject } from "../../../base/index.ts";
import {
  listAt,
  type Members,
  objectAt,
  presentMembers,
  requireKnown,
  textAt,
  UntranslatableError,
} from "../untranslatable.ts";
import { withoutNeutral } from "./neutral.ts";
import { messageTool, toolChoice } from "./tools.ts";
import { messageTurns } from "./turns.ts";

/** Named alike in a message. */
const alike = ["top_p", "top_k", "stream"] as const;
const translated = [
  "model",
  "messages",
  "max_tokens",
  "max_completion_tokens",
  "temperature",
  "stop",
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
  requireKnown(members, [...alike, ...translated], "");
  requireStreamOptions(members["stream_options"]);
  const { max_completion_tokens: newer, max_tokens: older, tools, stop } = members;
  return {
    model,
    max_tokens: newer ?? older ?? maxTokensUnlessSaid,
    ...messageTurns(listAt(members["messages"], "messages")),
    ...Object.fromEntries(alike.filter((name) => name in members).map((name) => [name, members[name]])),
    ...temperatureOf(members["temperature"]),
    ...(stop === undefined ? {} : { stop_sequences: typeof stop === "string" ? [stop] : stop }),
    ...(tools === undefined
      ? {}
      : { tools: listAt(tools, "tools").map(messageTool), ...toolChoice(members) }),
    ...(tools === undefined ? requireNoChoice(members) : {}),
    ...userOf(members),
    ...effortAndFormat(members),
    ...tierOf(members["service_tier"]),
  };
}

/** A message tells its counts anyway; a chat's chunks are padded or not by the cell, which does not. */
function requireStreamOptions(options: unknown): void {
  if (options === undefined) return;
  const { include_obfuscation: isPadded = false, ...others } = objectAt(options, "stream_options");
  requireKnown(others, ["include_usage"], "stream_options");
  if (isPadded !== false) throw new UntranslatableError("stream_options.include_obfuscation");
}

/** The range is 0 to 1 here, and 0 to 2 in a chat: to halve it, or to cut it off, would be another temperature. */
function temperatureOf(temperature: unknown): object {
  if (typeof temperature === "number" && temperature > 1)
    throw new UntranslatableError(
      "temperature",
      "is at most 1 at the model's endpoint, whose dialect knows no more",
    );
  return temperature === undefined ? {} : { temperature };
}

/** What is said of tools where there are none says nothing, but for the wish that one be called. */
function requireNoChoice({ tool_choice: choice = "none" }: Members): object {
  if (choice !== "none" && choice !== "auto")
    throw new UntranslatableError("tool_choice", "needs `tools` that may be called");
  return {};
}

function userOf({ user, safety_identifier: newer }: Members): object {
  if (user !== undefined && newer !== undefined && user !== newer)
    throw new UntranslatableError("safety_identifier", "differs from `user`, and a message has one of them");
  const id = newer ?? user;
  return id === undefined ? {} : { metadata: { user_id: id } };
}

const efforts: readonly unknown[] = ["low", "medium", "high"];

function effortAndFormat({ reasoning_effort: effort, response_format: format }: Members): object {
  const schema = format === undefined ? null : schemaOf(objectAt(format, "response_format"));
  const isThinkingOff = effort === "none";
  const told = isThinkingOff ? undefined : effort;
  if (told !== undefined && !efforts.includes(told)) throw new UntranslatableError("reasoning_effort");
  const config = {
    ...(told === undefined ? {} : { effort: told }),
    ...(schema === null ? {} : { format: { type: "json_schema", schema } }),
  };
  return {
    ...(isThinkingOff ? { thinking: { type: "disabled" } } : {}),
    ...(Object.keys(config).length === 0 ? {} : { output_config: config }),
  };
}

/** Null: text. A schema's name is a label, and to keep to it is no choice here, so that `strict: false` is kept to as well. */
function schemaOf({ type, ...others }: Members): unknown {
  if (type === "text") return null;
  if (type !== "json_schema") throw new UntranslatableError("response_format.type");
  requireKnown(others, ["json_schema"], "response_format");
  const path = "response_format.json_schema";
  const named = objectAt(others["json_schema"], path);
  requireKnown(named, ["name", "strict", "schema"], path);
  if (!isObject(named["schema"])) throw new UntranslatableError(`${path}.schema`, "must be an object");
  return named["schema"];
}

/** `auto` leaves it to the provider, as silence does. */
function tierOf(tier: unknown): object {
  if (tier === undefined || tier === "auto") return {};
  if (textAt(tier, "service_tier") !== "default") throw new UntranslatableError("service_tier");
  return { service_tier: "standard_only" };
}
