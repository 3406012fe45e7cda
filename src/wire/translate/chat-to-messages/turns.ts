// The turns of a conversation. Messages of a chat that one side says one after the other are one turn here, and results of
// tools are part of the user's.
import { isObject } from "../../../base/index.ts";
import { parseExactObject } from "../../exact-json.ts";
import {
  listAt,
  type Members,
  objectAt,
  requireKnown,
  textAt,
  UntranslatableError,
} from "../untranslatable.ts";

interface Turn {
  readonly role: "user" | "assistant";
  readonly content: Content;
}

type Content = string | readonly object[];

/** `system` and `messages`. */
export function messageTurns(messages: readonly unknown[]): object {
  const first = messages.findIndex((message) => !isSystem(message));
  const told = first === -1 ? messages.length : first;
  const system = messages
    .slice(0, told)
    .map((message, index) => systemContent(message, `messages[${index}]`));
  const turns = merged(
    messages.slice(told).map((message, index) => turnOf(message, `messages[${told + index}]`)),
  );
  if (turns.length === 0) throw new UntranslatableError("messages", "needs a turn of the user's");
  if (turns.at(-1)?.role === "assistant")
    throw new UntranslatableError(
      `messages[${messages.length - 1}]`,
      "is the model's own, which an endpoint of this dialect would go on with; end with a turn of the user's",
    );
  const [only = [], ...others] = system;
  const joined = others.length === 0 ? only : system.flatMap(blocksOf);
  return { ...(joined.length === 0 ? {} : { system: joined }), messages: turns };
}

function isSystem(message: unknown): boolean {
  return isObject(message) && (message["role"] === "system" || message["role"] === "developer");
}

function systemContent(message: unknown, path: string): Content {
  const members = objectAt(message, path);
  requireKnown(members, ["role", "content"], path);
  return textContent(members["content"], `${path}.content`);
}

/** One that says nothing is none. */
function merged(turns: readonly Turn[]): readonly Turn[] {
  const kept: Turn[] = [];
  for (const turn of turns.filter(({ content }) => content.length > 0)) {
    const last = kept.at(-1);
    if (last?.role !== turn.role) kept.push(turn);
    else kept[kept.length - 1] = { ...turn, content: [...blocksOf(last.content), ...blocksOf(turn.content)] };
  }
  return kept;
}

function blocksOf(content: Content): readonly object[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}

function turnOf(message: unknown, path: string): Turn {
  const members = objectAt(message, path);
  const { role } = members;
  if (role === "assistant") return { role, content: assistantContent(members, path) };
  if (role === "tool") return { role: "user", content: [toolResult(members, path)] };
  if (role === "system" || role === "developer")
    throw new UntranslatableError(`${path}.role`, "must come before all turns at the model's endpoint");
  if (role !== "user") throw new UntranslatableError(`${path}.role`);
  requireKnown(members, ["role", "content"], path);
  return { role, content: userContent(members["content"], `${path}.content`) };
}

function userContent(content: unknown, path: string): Content {
  if (typeof content === "string") return content;
  return listAt(content, path).map((part, index) => {
    const at = `${path}[${index}]`;
    const members = objectAt(part, at);
    return members["type"] === "image_url" ? imageBlock(members, at) : textBlock(members, at);
  });
}

function textContent(content: unknown, path: string): Content {
  if (typeof content === "string") return content;
  return listAt(content, path).map((part, index) =>
    textBlock(objectAt(part, `${path}[${index}]`), `${path}[${index}]`),
  );
}

function textBlock(members: Members, path: string): object {
  if (members["type"] !== "text") throw new UntranslatableError(`${path}.type`);
  requireKnown(members, ["type", "text"], path);
  return { type: "text", text: textAt(members["text"], `${path}.text`) };
}

/** A picture comes with the request; another address than a data URL is one that the policy lets an engine fetch from. */
function imageBlock(members: Members, path: string): object {
  requireKnown(members, ["type", "image_url"], path);
  const { url, detail = "auto", ...others } = objectAt(members["image_url"], `${path}.image_url`);
  requireKnown(others, [], `${path}.image_url`);
  if (detail !== "auto") throw new UntranslatableError(`${path}.image_url.detail`);
  const address = textAt(url, `${path}.image_url.url`);
  if (!/^data:/i.test(address)) return { type: "image", source: { type: "url", url: address } };
  const [, mediaType, data] = /^data:([^;,]+);base64,(.*)$/is.exec(address) ?? [];
  if (mediaType === undefined || data === undefined)
    throw new UntranslatableError(`${path}.image_url.url`, "must be a data URL with a media type, in base64");
  return { type: "image", source: { type: "base64", media_type: mediaType, data } };
}

function toolResult(members: Members, path: string): object {
  requireKnown(members, ["role", "tool_call_id", "content"], path);
  const id = textAt(members["tool_call_id"], `${path}.tool_call_id`);
  return {
    type: "tool_result",
    tool_use_id: id,
    content: textContent(members["content"], `${path}.content`),
  };
}

const assistantMembers = [
  "role",
  "content",
  "refusal",
  "tool_calls",
  "reasoning_content",
  "reasoning",
] as const;

/**
 * Thinking is left out: a message takes it back only with the signature of who thought it, which a chat has no place for. An
 * empty text, which a message may not hold, says nothing.
 */
function assistantContent(message: Members, path: string): Content {
  const { annotations = [], ...members } = message;
  requireKnown(members, assistantMembers, path);
  if (listAt(annotations, `${path}.annotations`).length > 0)
    throw new UntranslatableError(`${path}.annotations`);
  const { content = "", refusal = "", tool_calls: calls = [] } = members;
  const said = assistantText(content, `${path}.content`);
  const refused = textAt(refusal, `${path}.refusal`);
  const uses = listAt(calls, `${path}.tool_calls`).map((call, index) =>
    toolUse(call, `${path}.tool_calls[${index}]`),
  );
  if (refused === "" && uses.length === 0) return said;
  const blocks = said === "" ? [] : blocksOf(said);
  return [...blocks, ...(refused === "" ? [] : blocksOf(refused)), ...uses];
}

function assistantText(content: unknown, path: string): Content {
  if (typeof content === "string") return content;
  const blocks = listAt(content, path).map((part, index) => {
    const at = `${path}[${index}]`;
    const members = objectAt(part, at);
    if (members["type"] !== "refusal") return textBlock(members, at);
    return { type: "text", text: textAt(members["refusal"], `${at}.refusal`) };
  });
  return blocks.filter((block) => !("text" in block) || block.text !== "");
}

function toolUse(call: unknown, path: string): object {
  const members = objectAt(call, path);
  const { type = "function", id, index: _index, ...others } = members;
  if (type !== "function") throw new UntranslatableError(`${path}.type`);
  requireKnown(others, ["function"], path);
  const called = objectAt(others["function"], `${path}.function`);
  requireKnown(called, ["name", "arguments"], `${path}.function`);
  const json = textAt(called["arguments"] ?? "", `${path}.function.arguments`);
  const input = json === "" ? {} : parseExactObject(json);
  if (input === null)
    throw new UntranslatableError(`${path}.function.arguments`, "must be the text of a JSON object");
  return {
    type: "tool_use",
    id: textAt(id, `${path}.id`),
    name: textAt(called["name"], `${path}.function.name`),
    input,
  };
}
