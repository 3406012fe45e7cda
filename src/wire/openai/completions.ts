// The request of `POST /v1/completions`, the dialect's oldest: a text, or its tokens, that the model goes on with.
import { fail, ok, type Result } from "../../base/index.ts";
import { azurePaths } from "../azure-paths.ts";
import { findExits } from "../exits.ts";
import { type ScannedObject, scanJsonObject } from "../json-members.ts";
import type { JsonOperation, RequestFault, RequestView } from "../operation.ts";
import { fault, faultInCount, isCount, readMembers } from "../request-body.ts";
import { faultInStreamOptions } from "./chat.ts";
import { formatOpenAiError, formatOpenAiStreamError } from "./error.ts";
import { countPrompts, promptWords } from "./prompts.ts";
import { steeringExits } from "./steering-exits.ts";
import { usageWish } from "./usage-wish.ts";

export const completions: JsonOperation = {
  name: "completions",
  genAiName: "text_completion",
  method: "POST",
  path: "/v1/completions",
  aliases: azurePaths("/completions"),
  body: "json",
  answeredBy: "engine",
  isCompared: false,
  exits: steeringExits,
  read: readCompletion,
  formatError: formatOpenAiError,
  formatErrorEvent: formatOpenAiStreamError,
};

function readCompletion(
  body: Uint8Array,
  scanned: ScannedObject = scanJsonObject(body),
): Result<RequestView, RequestFault> {
  const members = readMembers(body, scanned, textMembers);
  if (!members.ok) return members;
  const { spans, valueOf, wantsEvents, model, modelSpan } = members.value;
  const prompts = countPrompts(valueOf("prompt"));
  if (prompts === null) return fail(fault("prompt", promptWords));
  const wrong =
    faultInStreamOptions(valueOf("stream_options")) ??
    faultInCount("n", valueOf("n")) ??
    faultInCount("best_of", valueOf("best_of"));
  if (wrong) return fail(wrong);
  const tokens = valueOf("max_tokens");
  return ok({
    model,
    wantsEvents,
    body,
    modelSpan,
    exits: findExits(steeringExits, spans.keys(), valueOf),
    answerBound: { prompts, tokens: isCount(tokens) ? tokens : null, answers: prompts * candidates(valueOf) },
    usageWish: wantsEvents ? usageWish(body, spans) : null,
    unsaid: null,
  });
}

const textMembers = ["prompt", "stream_options", "n", "best_of", "max_tokens"] as const;

/** Of `best_of` candidates all are written, and counted, though `n` are shown. */
function candidates(valueOf: (name: string) => unknown): number {
  return Math.max(1, ...[valueOf("n"), valueOf("best_of")].filter(isCount));
}
