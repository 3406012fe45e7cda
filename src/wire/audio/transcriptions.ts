// The requests of `POST /v1/audio/transcriptions` and `/v1/audio/translations`: a form with a file of speech, answered by its
// words as JSON, text, subtitles or events.
import { fail, ok, type Result } from "../../base/index.ts";
import { azurePaths } from "../azure-paths.ts";
import { findExits } from "../exits.ts";
import { readFormFields } from "../form/form-body.ts";
import type { BoundedForm } from "../form/multipart.ts";
import { formatOpenAiError, formatOpenAiStreamError } from "../openai/error.ts";
import type { FormOperation, RequestFault, RequestView } from "../operation.ts";
import { transcriptionExits } from "./audio-exits.ts";

export const transcriptions: FormOperation = {
  name: "audio_transcriptions",
  genAiName: "transcription",
  method: "POST",
  path: "/v1/audio/transcriptions",
  aliases: azurePaths("/audio/transcriptions"),
  body: "multipart",
  answeredBy: "engine",
  answersAnyMedia: true,
  isCompared: false,
  exits: transcriptionExits,
  read: readTranscription,
  formatError: formatOpenAiError,
  formatErrorEvent: formatOpenAiStreamError,
};

/** Of speech in any language into English words. */
export const translations: FormOperation = {
  ...transcriptions,
  name: "audio_translations",
  genAiName: "translation",
  path: "/v1/audio/translations",
  aliases: azurePaths("/audio/translations"),
};

function readTranscription(body: Uint8Array, form: BoundedForm): Result<RequestView, RequestFault> {
  const fields = readFormFields(body, form, ["file", "response_format"]);
  if (!fields.ok) return fail(fields.error);
  const { names, valueOf, ...view } = fields.value;
  return ok({
    ...view,
    body,
    exits: findExits(transcriptionExits, new Set(names), valueOf),
    // Silence is few bytes and many tokens: what speech is to a model, its context alone bounds.
    answerBound: { prompts: 1, tokens: null, answers: 1, bytes: Number.POSITIVE_INFINITY },
    usageWish: null,
    unsaid: null,
  });
}
