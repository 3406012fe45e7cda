// The request of `POST /v1/images/generations`: words for pictures, answered in one piece or by events that carry them.
import { fail, ok, type Result } from "../../base/index.ts";
import { azurePaths } from "../azure-paths.ts";
import { findExits } from "../exits.ts";
import { type ScannedObject, scanJsonObject } from "../json-members.ts";
import { boundless } from "../media/media-bound.ts";
import { formatOpenAiError, formatOpenAiStreamError } from "../openai/error.ts";
import type { JsonOperation, RequestFault, RequestView } from "../operation.ts";
import { fault, faultInCount, isCount, readMembers } from "../request-body.ts";
import { holdsPictures, imageExits } from "./image-exits.ts";

export const generations: JsonOperation = {
  name: "image_generations",
  genAiName: "image_generation",
  method: "POST",
  path: "/v1/images/generations",
  aliases: azurePaths("/images/generations"),
  body: "json",
  answeredBy: "engine",
  isCompared: false,
  exits: imageExits,
  read: readGeneration,
  formatError: formatOpenAiError,
  formatErrorEvent: formatOpenAiStreamError,
};

function readGeneration(
  body: Uint8Array,
  scanned: ScannedObject = scanJsonObject(body),
): Result<RequestView, RequestFault> {
  const members = readMembers(body, scanned, ["prompt", "n", "response_format"]);
  if (!members.ok) return members;
  const { spans, valueOf, model, modelSpan, wantsEvents } = members.value;
  if (typeof valueOf("prompt") !== "string") return fail(fault("prompt", "must be a text"));
  const count = valueOf("n");
  const wrong = faultInCount("n", count);
  if (wrong) return fail(wrong);
  return ok({
    model,
    wantsEvents,
    body,
    modelSpan,
    exits: findExits(imageExits, spans.keys(), valueOf),
    answerBound: {
      prompts: 1,
      tokens: null,
      answers: isCount(count) ? count : 1,
      ...(holdsPictures(spans.keys()) ? boundless : {}),
    },
    usageWish: null,
    unsaid: null,
  });
}
