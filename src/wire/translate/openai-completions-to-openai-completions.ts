// The caller and the engine speak the same, as for chats: a text's choices come and end as a chat's do.
import { ok } from "../../base/index.ts";
import { textAnswers } from "../openai/answer.ts";
import { renamedBody } from "../renamed-body.ts";
import type { Translation } from "../translation.ts";
import { SameChoices } from "./same-choices.ts";

export const openAiCompletionsToOpenAiCompletions: Translation = {
  from: "completions",
  to: "completions",
  request: (view, model) => ok(renamedBody(view, model)),
  answer: ({ usageWish, answerBound: { answers } }) =>
    new SameChoices({ names: textAnswers, hidesUsage: usageWish !== null, answers }),
};
