// The request of `POST /v1/chat/completions`: the few members that a gateway must understand. All others belong to
// the engine and reach it byte for byte.
import { fail, isObject, ok, type Result } from "../../base/index.ts";
import { azurePaths } from "../azure-paths.ts";
import { findExits, unmarkedIn } from "../exits.ts";
import { type JsonSpan, type ScannedObject, scanJsonObject } from "../json-members.ts";
import { boundOfMedia } from "../media/media-bound.ts";
import type { AnswerBound, JsonOperation, RequestFault, RequestView } from "../operation.ts";
import { faultInCount, isCount, isFlag, misspeltIn, readMembers } from "../request-body.ts";
import { chatExits } from "./chat-exits.ts";
import { formatOpenAiError, formatOpenAiStreamError } from "./error.ts";
import { usageWish } from "./usage-wish.ts";

export const chatCompletions: JsonOperation = {
  name: "chat_completions",
  genAiName: "chat",
  method: "POST",
  path: "/v1/chat/completions",
  aliases: azurePaths("/chat/completions"),
  body: "json",
  answeredBy: "engine",
  isCompared: false,
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

function readChat(
  body: Uint8Array,
  scanned: ScannedObject = scanJsonObject(body),
): Result<ChatView, RequestFault> {
  const members = readMembers(body, scanned, chatMembers);
  if (!members.ok) return members;
  const { spans, valueOf, wantsEvents, model, modelSpan } = members.value;
  const wrong =
    faultInMessages(valueOf("messages")) ??
    faultInStreamOptions(valueOf("stream_options")) ??
    faultInCount("n", valueOf("n"));
  if (wrong) return fail(wrong);
  const exits = findExits(chatExits, spans.keys(), valueOf);
  return ok({
    model,
    wantsEvents,
    body,
    modelSpan,
    exits,
    references: unmarkedIn(exits),
    answerBound: answerBoundOf(valueOf),
    usageWish: wantsEvents ? usageWish(body, spans) : null,
    unsaid: null,
  });
}

const chatMembers = ["messages", "stream_options", "n", "max_tokens", "max_completion_tokens"] as const;

/** An engine goes by one of the two members, and which one is its affair: so the greater counts. */
function answerBoundOf(valueOf: (name: string) => unknown): AnswerBound {
  const tokens = [valueOf("max_tokens"), valueOf("max_completion_tokens")].filter(isCount);
  const answers = valueOf("n");
  return {
    prompts: 1,
    tokens: tokens.length > 0 ? Math.max(...tokens) : null,
    answers: isCount(answers) ? answers : 1,
    ...boundOfMedia([valueOf("messages")]),
  };
}

export function faultInMessages(messages: unknown): RequestFault | null {
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

export function faultInStreamOptions(options: unknown): RequestFault | null {
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
