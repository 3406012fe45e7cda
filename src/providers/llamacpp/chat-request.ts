// What this engine takes of a request for a chat completion. What would change the answer and cannot be done is
// refused rather than passed over.
import { fail, ok, type Result } from "../../base/index.ts";
import { parseChatRequest, type RequestFault } from "../../wire/index.ts";
import type { ChatHistoryItem, Sampling } from "./library.ts";

export interface LlamacppRequest {
  readonly model: string;
  readonly history: readonly ChatHistoryItem[];
  readonly sampling: Sampling;
  /** Null: as many as the context holds. */
  readonly maxTokens: number | null;
  readonly stop: readonly string[];
  readonly includesUsage: boolean;
}

type Members = Readonly<Record<string, unknown>>;

export function readChatRequest(body: Uint8Array): Result<LlamacppRequest, RequestFault> {
  const chat = parseChatRequest(body);
  if (!chat.ok) return chat;
  const members = JSON.parse(new TextDecoder().decode(body)) as Members;
  const wrong = faultIn(members);
  if (wrong !== null)
    return fail({ param: wrong, message: `\`${wrong}\` has a value that this engine does not take` });
  const history = readHistory(members["messages"] as readonly Members[]);
  if (!history.ok) return history;
  const { temperature, top_p: topP, seed, stop, stream_options: streamOptions } = members as NumberMembers;
  return ok({
    model: chat.value.model,
    history: history.value,
    sampling: {
      temperature: temperature ?? 1,
      topP: topP ?? 1,
      // llama.cpp takes 32 bits.
      ...(typeof seed === "number" ? { seed: seed >>> 0 } : {}),
    },
    maxTokens: maxTokensOf(members) ?? null,
    stop: [stop ?? []].flat().filter((text) => text !== ""),
    includesUsage: streamOptions?.include_usage === true,
  });
}

/** The members as {@link faultIn} has checked them. */
interface NumberMembers {
  readonly temperature?: number | null;
  readonly top_p?: number | null;
  readonly seed?: number | null;
  readonly stop?: string | readonly string[] | null;
  readonly stream_options?: { readonly include_usage?: boolean | null } | null;
}

function maxTokensOf(members: Members): number | null | undefined {
  return (members["max_completion_tokens"] ?? members["max_tokens"]) as number | null | undefined;
}

const takes: Readonly<Record<string, (value: unknown) => boolean>> = {
  max_completion_tokens: (value) => Number.isSafeInteger(value) && (value as number) > 0,
  max_tokens: (value) => Number.isSafeInteger(value) && (value as number) > 0,
  temperature: (value) => isBetween(value, 0, 2),
  top_p: (value) => isBetween(value, Number.MIN_VALUE, 1),
  seed: (value) => Number.isSafeInteger(value),
  stop: (value) => [value].flat().every((text) => typeof text === "string"),
  n: (value) => value === 1,
  logprobs: (value) => value === false,
  tools: (value) => Array.isArray(value) && value.length === 0,
  functions: (value) => Array.isArray(value) && value.length === 0,
  response_format: (value) => (value as Members)["type"] === "text",
};

/** The first member whose value is not taken. Null counts as left out, as in OpenAI's API. */
function faultIn(members: Members): string | null {
  const present = Object.keys(takes).filter((name) => (members[name] ?? null) !== null);
  return present.find((name) => takes[name]?.(members[name]) !== true) ?? null;
}

function isBetween(value: unknown, least: number, most: number): boolean {
  return typeof value === "number" && value >= least && value <= most;
}

function readHistory(messages: readonly Members[]): Result<readonly ChatHistoryItem[], RequestFault> {
  const history: ChatHistoryItem[] = [];
  for (const [index, { role, content }] of messages.entries()) {
    const text = textOf(content);
    if (text === null) return fail(messageFault(index, "content", "must be text or parts of type `text`"));
    if (role === "system" || role === "developer") history.push({ type: "system", text });
    else if (role === "user") history.push({ type: "user", text });
    else if (role === "assistant") history.push({ type: "model", response: [text] });
    else return fail(messageFault(index, "role", "must be `system`, `developer`, `user` or `assistant`"));
  }
  return ok([...history, { type: "model", response: [] }]);
}

function textOf(content: unknown): string | null {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return null;
  const texts = content.map((part: Members | null) => (part?.["type"] === "text" ? part["text"] : null));
  return texts.every((text) => typeof text === "string") ? texts.join("") : null;
}

function messageFault(index: number, member: string, what: string): RequestFault {
  const param = `messages[${index}].${member}`;
  return { param, message: `\`${param}\` ${what}` };
}
