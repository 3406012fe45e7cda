// The caller and the engine speak the same: bytes pass as they come, but for the model's name and the wish for token
// counts on the way in, and the framing of events and the counts that only the cell wanted on the way out.
import { ok } from "../../base/index.ts";
import { chatAnswers } from "../openai/answer.ts";
import { renamedBody } from "../renamed-body.ts";
import type { Translation } from "../translation.ts";
import { SameChoices } from "./same-choices.ts";

export const openAiChatToOpenAiChat: Translation = {
  from: "chat_completions",
  to: "chat_completions",
  request: (view, model) => ok(renamedBody(view, model)),
  answer: ({ usageWish, answerBound: { answers } }) =>
    new SameChoices({ names: chatAnswers, hidesUsage: usageWish !== null, answers }),
};
