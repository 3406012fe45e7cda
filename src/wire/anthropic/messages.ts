// The request of `POST /v1/messages` and of its sister that counts, in Anthropic's dialect: the few members that a gateway
// must understand. All others belong to the engine, signed thinking among them, and reach it byte for byte.
import { boundOfMedia } from "../media/media-bound.ts";
import { fail, ok, type Result } from "../../base/index.ts";
import { findExits } from "../exits.ts";
import { type ScannedObject, scanJsonObject } from "../json-members.ts";
import { faultInMessages } from "../openai/chat.ts";
import { type JsonOperation, type RequestFault, type RequestView, unspoken } from "../operation.ts";
import { fault, isCount, readMembers } from "../request-body.ts";
import { formatAnthropicError, formatAnthropicStreamError } from "./error.ts";
import { messageExits } from "./message-exits.ts";

export const messages: JsonOperation = {
  name: "messages",
  genAiName: "chat",
  method: "POST",
  path: "/v1/messages",
  body: "json",
  answeredBy: "engine",
  isCompared: false,
  exits: messageExits,
  read: readMessages,
  formatError: formatAnthropicError,
  formatErrorEvent: formatAnthropicStreamError,
};

/** It sends what it counts, so it is decided and recorded like any call; nothing is written. */
export const countTokens: JsonOperation = {
  ...messages,
  name: "count_tokens",
  genAiName: "count_tokens",
  path: "/v1/messages/count_tokens",
  read(body, scanned) {
    const view = readMessages(body, scanned);
    if (!view.ok) return view;
    if (view.value.wantsEvents)
      return fail(fault("stream", "must be absent or false: a count is not streamed"));
    return ok({ ...view.value, answerBound: { prompts: 0, tokens: 0, answers: 0 }, usageWish: null });
  },
};

function readMessages(
  body: Uint8Array,
  scanned: ScannedObject = scanJsonObject(body),
): Result<RequestView, RequestFault> {
  const members = readMembers(body, scanned, ["messages", "max_tokens"]);
  if (!members.ok) return members;
  const { spans, valueOf, wantsEvents, model, modelSpan } = members.value;
  const wrong = faultInMessages(valueOf("messages"));
  if (wrong) return fail(wrong);
  const tokens = valueOf("max_tokens");
  return ok({
    model,
    wantsEvents,
    body,
    modelSpan,
    exits: findExits(messageExits, spans.keys(), valueOf),
    answerBound: {
      prompts: 1,
      tokens: isCount(tokens) ? tokens : null,
      answers: 1,
      ...boundOfMedia([valueOf("messages"), valueOf("system")]),
    },
    // A message's stream always tells its tokens; a translation of it may have to ask.
    usageWish: wantsEvents ? unspoken : null,
    unsaid: null,
  });
}
