// The request of `POST /v1/chat/completions`: the few members that a gateway must understand. All others belong to
// the engine and reach it byte for byte.
import { concatBytes, encodeUtf8, fail, isObject, ok, type Result } from "../../base/index.ts";
import { findExits } from "../exits.ts";
import { type JsonSpan, readJsonSpan, type ScannedObject, scanJsonObject } from "../json-members.ts";
import { isNamed } from "../member-name.ts";
import type { AnswerBound, BodyEdit, EngineOperation, RequestFault, RequestView } from "../operation.ts";
import { chatExits } from "./chat-exits.ts";
import { formatOpenAiError, formatOpenAiStreamError } from "./error.ts";
import { usageWish } from "./usage-wish.ts";

export const chatCompletions: EngineOperation = {
  name: "chat_completions",
  genAiName: "chat",
  method: "POST",
  path: "/v1/chat/completions",
  body: "json",
  answeredBy: "engine",
  exits: chatExits,
  read: readChat,
  formatError: formatOpenAiError,
  formatErrorEvent: formatOpenAiStreamError,
};

interface ChatView extends RequestView {
  readonly model: string;
  readonly modelSpan: JsonSpan;
}

/** A chat completion as those see it who serve one. */
export interface ChatRequest extends ChatView {
  readonly isStream: boolean;
}

export function parseChatRequest(body: Uint8Array): Result<ChatRequest, RequestFault> {
  const chat = readChat(body);
  return chat.ok ? ok({ ...chat.value, isStream: chat.value.wantsEvents }) : chat;
}

/** The same body with another model name in it, for the engine that knows the model by that name. */
export function rewriteModel(
  { body, modelSpan, usageWish: wish }: Pick<ChatView, "body" | "modelSpan" | "usageWish">,
  name: string,
): Uint8Array {
  const rename = { span: modelSpan, text: JSON.stringify(name) };
  return edited(body, wish === null ? [rename] : [rename, wish]);
}

function edited(body: Uint8Array, edits: readonly BodyEdit[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const { span, text } of edits.toSorted((left, right) => left.span.start - right.span.start)) {
    parts.push(body.subarray(at, span.start), encodeUtf8(text));
    at = span.end;
  }
  return concatBytes([...parts, body.subarray(at)]);
}

const maxModelLength = 256;

/** What this cell goes by. An engine that ignores letter case would go by `Stream` or `ſtream`, and we by neither. */
const readMembers = ["model", "messages", "stream", "stream_options"] as const;

/** The known member that a name only resembles; null where there is none. */
function misspeltIn(names: Iterable<string>, known: readonly string[]): string | null {
  for (const name of names) {
    const meant = known.find((member) => isNamed(name, member));
    if (meant !== undefined && meant !== name) return meant;
  }
  return null;
}

function readChat(
  body: Uint8Array,
  members: ScannedObject = scanJsonObject(body),
): Result<ChatView, RequestFault> {
  if (!members.ok) {
    const { offset, reason } = members.error;
    return fail({
      param: null,
      message: `the body is no JSON that is read here: ${reason} (at byte ${offset})`,
    });
  }
  const misspelt = misspeltIn(members.value.keys(), readMembers);
  if (misspelt !== null)
    return fault(misspelt, "is written in other letters; write its name as it stands here");
  const valueOf = valuesOf(body, members.value);
  const modelSpan = members.value.get("model");
  const [model, stream] = [valueOf("model"), valueOf("stream")];
  if (!modelSpan || !isModelName(model)) {
    return fault("model", `must be a string of 1 to ${maxModelLength} characters`);
  }
  if (!isFlag(stream)) return fault("stream", "must be true, false or null");
  const wrong = faultInMessages(valueOf("messages")) ?? faultInStreamOptions(valueOf("stream_options"));
  if (wrong) return fail(wrong);
  const exits = findExits(chatExits, members.value.keys(), valueOf);
  const wish = stream === true ? usageWish(body, members.value) : null;
  const answerBound = answerBoundOf(valueOf);
  return ok({ model, wantsEvents: stream === true, body, modelSpan, exits, answerBound, usageWish: wish });
}

/** An engine goes by one of the two members, and which one is its affair: so the greater counts. */
function answerBoundOf(valueOf: (name: string) => unknown): AnswerBound {
  const tokens = [valueOf("max_tokens"), valueOf("max_completion_tokens")].filter(isCount);
  const answers = valueOf("n");
  return {
    tokens: tokens.length > 0 ? Math.max(...tokens) : null,
    answers: isCount(answers) ? answers : 1,
  };
}

/** What is none is the engine's to refuse. */
function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

/** Reads members by name, each once however often it is asked for: a conversation may be megabytes. */
function valuesOf(body: Uint8Array, members: ReadonlyMap<string, JsonSpan>): (name: string) => unknown {
  const values = new Map<string, unknown>();
  return (name) => {
    const span = members.get(name);
    if (span && !values.has(name)) values.set(name, readJsonSpan(body, span));
    return values.get(name);
  };
}

function isModelName(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= maxModelLength;
}

function isFlag(value: unknown): boolean {
  return value === undefined || value === null || typeof value === "boolean";
}

function faultInMessages(messages: unknown): RequestFault | null {
  if (!Array.isArray(messages) || messages.length === 0) {
    return { param: "messages", message: "`messages` must be an array of at least one message" };
  }
  const index = messages.findIndex(
    (message: unknown) => !isObject(message) || typeof message["role"] !== "string",
  );
  if (index === -1) return null;
  return {
    param: `messages[${index}]`,
    message: `\`messages[${index}]\` must be an object with a string \`role\``,
  };
}

function faultInStreamOptions(options: unknown): RequestFault | null {
  if (options === undefined || options === null) return null;
  if (
    isObject(options) &&
    isFlag(options["include_usage"]) &&
    misspeltIn(Object.keys(options), ["include_usage"]) === null
  )
    return null;
  return {
    param: "stream_options",
    message: "`stream_options` must be an object whose `include_usage` is true, false or null",
  };
}

function fault(param: string, what: string): Result<never, RequestFault> {
  return fail({ param, message: `\`${param}\` ${what}` });
}
