import { ok } from "../../../base/index.ts";
import { renamedForm } from "../../form/form-body.ts";
import { renamedBody } from "../../renamed-body.ts";
import type { Translation } from "../../translation.ts";
import { SameEvents } from "./same-events.ts";

export const transcriptionsToTranscriptions: Translation = {
  from: "audio_transcriptions",
  to: "audio_transcriptions",
  request: renamedForm,
  answer: () =>
    new SameEvents({
      last: ["transcript.text.done"],
      isAnswer: ({ text }) => typeof text === "string",
      isAnyMedia: true,
    }),
};

export const translationsToTranslations: Translation = {
  ...transcriptionsToTranscriptions,
  from: "audio_translations",
  to: "audio_translations",
};

export const speechToSpeech: Translation = {
  from: "audio_speech",
  to: "audio_speech",
  request: (view, model) => ok(renamedBody(view, model)),
  answer: () =>
    // Sound is no JSON object: one says that there is none.
    new SameEvents({ last: ["speech.audio.done"], isAnswer: () => false, isAnyMedia: true }),
};
