// A request for a response, as one for a chat completion.
import {
  listAt,
  type Members,
  objectAt,
  presentMembers,
  requireKnown,
  textAt,
  UntranslatableError,
} from "../untranslatable.ts";
import { chatItems } from "./items.ts";

/** Named alike in a chat. */
const alike = [
  "stream",
  "temperature",
  "top_p",
  "parallel_tool_calls",
  "metadata",
  "user",
  "safety_identifier",
  "prompt_cache_key",
  "prompt_cache_retention",
  "service_tier",
  // A word for no, too: whether a chat is kept by default is its provider's affair.
  "store",
] as const;
const translated = [
  "model",
  "input",
  "instructions",
  "max_output_tokens",
  "tools",
  "tool_choice",
  "text",
  "reasoning",
  "include",
  "truncation",
  "background",
  "stream_options",
] as const;

/** What a response's members are in a chat, where that is not their name. */
export const responseNames: Readonly<Record<string, string>> = {
  messages: "input",
  max_tokens: "max_output_tokens",
  response_format: "text.format",
  verbosity: "text.verbosity",
  reasoning_effort: "reasoning.effort",
  tools: "tools",
  tool_choice: "tool_choice",
};

export function chatRequestOf(body: Members, model: string, asksForUsage: boolean): object {
  const members = presentMembers(body);
  requireKnown(members, [...alike, ...translated], "");
  requireDefaults(members);
  const { instructions, input, tools, tool_choice: choice, max_output_tokens: most } = members;
  return {
    model,
    messages: [
      ...(instructions === undefined
        ? []
        : [{ role: "system", content: textAt(instructions, "instructions") }]),
      ...(typeof input === "string" ? [{ role: "user", content: input }] : chatItems(listAt(input, "input"))),
    ],
    ...Object.fromEntries(alike.filter((name) => name in members).map((name) => [name, members[name]])),
    ...(most === undefined ? {} : { max_tokens: most }),
    ...(tools === undefined ? {} : { tools: listAt(tools, "tools").map(chatTool) }),
    ...(choice === undefined ? {} : { tool_choice: toolChoice(choice) }),
    ...textOf(members["text"]),
    ...reasoningOf(members["reasoning"]),
    ...(asksForUsage ? { stream_options: { include_usage: true } } : {}),
  };
}

/** What may be left out, since a chat does just that; any other value of these is refused. */
function requireDefaults({ include = [], truncation = "disabled", background = false }: Members): void {
  for (const [index, wish] of listAt(include, "include").entries())
    // An engine of chats has nothing encrypted, so it gives nothing of the kind.
    if (wish !== "reasoning.encrypted_content") throw new UntranslatableError(`include[${index}]`);
  if (truncation !== "disabled") throw new UntranslatableError("truncation");
  if (background !== false) throw new UntranslatableError("background");
}

function chatTool(tool: unknown, index: number): object {
  const path = `tools[${index}]`;
  const { type, ...called } = objectAt(tool, path);
  if (type !== "function") throw new UntranslatableError(`${path}.type`);
  requireKnown(called, ["name", "description", "parameters", "strict"], path);
  return { type, function: called };
}

function toolChoice(choice: unknown): unknown {
  if (choice === "auto" || choice === "none" || choice === "required") return choice;
  const { type, name, ...others } = objectAt(choice, "tool_choice");
  if (type !== "function") throw new UntranslatableError("tool_choice.type");
  requireKnown(others, [], "tool_choice");
  return { type, function: { name } };
}

function textOf(text: unknown): object {
  if (text === undefined) return {};
  const members = objectAt(text, "text");
  requireKnown(members, ["format", "verbosity"], "text");
  const { format, verbosity } = members;
  return {
    ...(format === undefined ? {} : { response_format: responseFormat(objectAt(format, "text.format")) }),
    ...(verbosity === undefined ? {} : { verbosity }),
  };
}

function responseFormat({ type, ...schema }: Members): object {
  const known = type === "json_schema" ? ["name", "description", "schema", "strict"] : [];
  if (type !== "text" && type !== "json_object" && type !== "json_schema")
    throw new UntranslatableError("text.format.type");
  requireKnown(schema, known, "text.format");
  return type === "json_schema" ? { type, json_schema: schema } : { type };
}

function reasoningOf(reasoning: unknown): object {
  if (reasoning === undefined) return {};
  const members = objectAt(reasoning, "reasoning");
  requireKnown(members, ["effort"], "reasoning");
  return members["effort"] === undefined ? {} : { reasoning_effort: members["effort"] };
}
