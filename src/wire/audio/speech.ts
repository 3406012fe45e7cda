// The request of `POST /v1/audio/speech`: a text to be spoken, answered by sound, or by events that carry it.
import { fail, ok, type Result } from "../../base/index.ts";
import { azurePaths } from "../azure-paths.ts";
import { findExits } from "../exits.ts";
import { type ScannedObject, scanJsonObject } from "../json-members.ts";
import { formatOpenAiError, formatOpenAiStreamError } from "../openai/error.ts";
import type { JsonOperation, RequestFault, RequestView } from "../operation.ts";
import { fault, readMembers } from "../request-body.ts";
import { speechExits } from "./audio-exits.ts";

export const speech: JsonOperation = {
  name: "audio_speech",
  genAiName: "speech",
  method: "POST",
  path: "/v1/audio/speech",
  aliases: azurePaths("/audio/speech"),
  body: "json",
  answeredBy: "engine",
  answersAnyMedia: true,
  isCompared: false,
  exits: speechExits,
  read: readSpeech,
  formatError: formatOpenAiError,
  formatErrorEvent: formatOpenAiStreamError,
};

function readSpeech(
  body: Uint8Array,
  scanned: ScannedObject = scanJsonObject(body),
): Result<RequestView, RequestFault> {
  const members = readMembers(body, scanned, ["input", "stream_format"]);
  if (!members.ok) return members;
  const { spans, valueOf, model, modelSpan } = members.value;
  if (typeof valueOf("input") !== "string") return fail(fault("input", "must be a text"));
  return ok({
    model,
    // Some servers take `stream` for sound that comes in pieces, which is no stream of events.
    wantsEvents: valueOf("stream_format") === "sse",
    body,
    modelSpan,
    exits: findExits(speechExits, spans.keys(), valueOf),
    answerBound: { prompts: 1, tokens: null, answers: 1 },
    usageWish: null,
    unsaid: null,
  });
}
