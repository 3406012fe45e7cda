// A request for a message, as one for a chat completion.
import {
  listAt,
  objectsAt,
  type Members,
  objectAt,
  presentMembers,
  requireKnown,
  textAt,
  UntranslatableError,
} from "../untranslatable.ts";
import { chatMessages } from "./turns.ts";
import { chatTool, toolChoice } from "./tools.ts";

/** Members of a chat that stand for others of a message; those that are named alike pass as they are. */
const alike = ["max_tokens", "temperature", "top_p", "top_k", "stream"] as const;
const translated = [
  "model",
  "messages",
  "system",
  "stop_sequences",
  "tools",
  "tool_choice",
  "metadata",
  "thinking",
  "output_config",
  "output_format",
] as const;

/** What a message's members are in a chat, where that is not their name. */
export const messageNames: Readonly<Record<string, string>> = {
  stop: "stop_sequences",
  user: "metadata.user_id",
  parallel_tool_calls: "tool_choice.disable_parallel_tool_use",
  reasoning_effort: "output_config.effort",
  response_format: "output_config.format",
  messages: "messages",
  tools: "tools",
  tool_choice: "tool_choice",
};

/**
 * `asksForUsage`: of a stream. What only helps an engine to keep a prompt at hand (`cache_control`) is left out, here and in
 * blocks: the engines of this dialect see for themselves that prompts begin alike, and no answer hangs on it.
 */
export function chatRequestOf(body: Members, model: string, asksForUsage: boolean): object {
  const members = presentMembers(body);
  requireKnown(members, [...alike, ...translated, "cache_control"], "");
  const { system, tools, tool_choice: choice, stop_sequences: stop } = members;
  requireNoThinking(members["thinking"]);
  return {
    model,
    messages: [...systemMessages(system), ...chatMessages(listAt(members["messages"], "messages"))],
    ...Object.fromEntries(alike.filter((name) => name in members).map((name) => [name, members[name]])),
    ...(stop === undefined ? {} : { stop }),
    ...(tools === undefined ? {} : { tools: listAt(tools, "tools").map(chatTool) }),
    ...(choice === undefined ? {} : toolChoice(objectAt(choice, "tool_choice"))),
    ...userOf(members["metadata"]),
    ...outputOf(members),
    ...(asksForUsage ? { stream_options: { include_usage: true } } : {}),
  };
}

function systemMessages(system: unknown): readonly object[] {
  if (system === undefined) return [];
  if (typeof system === "string") return [{ role: "system", content: system }];
  const content = objectsAt(system, "system").map(({ members, path }) => {
    requireKnown(members, ["type", "text", "cache_control"], path);
    if (members["type"] !== "text") throw new UntranslatableError(`${path}.type`);
    return { type: "text", text: textAt(members["text"], `${path}.text`) };
  });
  return [{ role: "system", content }];
}

function requireNoThinking(thinking: unknown): void {
  if (thinking === undefined) return;
  if (objectAt(thinking, "thinking")["type"] !== "disabled") throw new UntranslatableError("thinking");
}

function userOf(metadata: unknown): object {
  if (metadata === undefined) return {};
  const members = objectAt(metadata, "metadata");
  requireKnown(members, ["user_id"], "metadata");
  return members["user_id"] === undefined ? {} : { user: members["user_id"] };
}

const efforts: readonly unknown[] = ["low", "medium", "high"];

function outputOf(members: Members): object {
  const config =
    members["output_config"] === undefined ? {} : objectAt(members["output_config"], "output_config");
  requireKnown(config, ["effort", "format"], "output_config");
  const { effort, format } = config;
  const older = members["output_format"];
  if (older !== undefined && format !== undefined) throw new UntranslatableError("output_format");
  if (effort !== undefined && !efforts.includes(effort))
    throw new UntranslatableError("output_config.effort");
  return {
    ...(effort === undefined ? {} : { reasoning_effort: effort }),
    ...(older === undefined ? {} : { response_format: responseFormat(older, "output_format") }),
    ...(format === undefined ? {} : { response_format: responseFormat(format, "output_config.format") }),
  };
}

function responseFormat(format: unknown, path: string): object {
  const members = objectAt(format, path);
  requireKnown(members, ["type", "schema"], path);
  if (members["type"] !== "json_schema") throw new UntranslatableError(`${path}.type`);
  return { type: "json_schema", json_schema: { name: "answer", strict: true, schema: members["schema"] } };
}
