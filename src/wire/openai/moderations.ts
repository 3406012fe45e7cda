// The request of `POST /v1/moderations`: texts and pictures to be sorted into what a service would not have.
import { fail, ok, type Result } from "../../base/index.ts";
import { findExits } from "../exits.ts";
import { type ScannedObject, scanJsonObject } from "../json-members.ts";
import { boundOfMedia } from "../media/media-bound.ts";
import type { JsonOperation, ExitRule, RequestFault, RequestView } from "../operation.ts";
import { fault, readMembers } from "../request-body.ts";
import { findRemoteParts } from "./chat-exits.ts";
import { formatOpenAiError, formatOpenAiStreamError } from "./error.ts";
import { steeringExits } from "./steering-exits.ts";

const moderationExits: readonly ExitRule[] = [
  ...steeringExits,
  // Pictures come by their addresses, which the engine fetches.
  { member: "input", does: "moves", find: findRemoteParts },
];

export const moderations: JsonOperation = {
  name: "moderations",
  genAiName: "moderation",
  method: "POST",
  path: "/v1/moderations",
  // Azure has none, but its client asks there.
  aliases: ["/openai/v1/moderations", "/openai/moderations"],
  body: "json",
  answeredBy: "engine",
  isCompared: false,
  exits: moderationExits,
  read: readModeration,
  formatError: formatOpenAiError,
  formatErrorEvent: formatOpenAiStreamError,
};

function readModeration(
  body: Uint8Array,
  scanned: ScannedObject = scanJsonObject(body),
): Result<RequestView, RequestFault> {
  const members = readMembers(body, scanned, ["input"]);
  if (!members.ok) return members;
  const { spans, valueOf, wantsEvents, model, modelSpan } = members.value;
  if (wantsEvents) return fail(fault("stream", "must be absent or false: a moderation is not streamed"));
  const input = valueOf("input");
  const isInput = typeof input === "string" || (Array.isArray(input) && input.length > 0);
  if (!isInput) return fail(fault("input", "must be a text, or an array of texts or parts"));
  const prompts = Array.isArray(input) ? input.length : 1;
  return ok({
    model,
    wantsEvents,
    body,
    modelSpan,
    exits: findExits(moderationExits, spans.keys(), valueOf),
    answerBound: { prompts, tokens: 0, answers: 1, ...boundOfMedia([input]) },
    usageWish: null,
    unsaid: null,
  });
}
