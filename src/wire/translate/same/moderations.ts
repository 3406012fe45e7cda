import { ok } from "../../../base/index.ts";
import { readUsage } from "../../openai/answer.ts";
import { renamedBody } from "../../renamed-body.ts";
import type { Translation } from "../../translation.ts";
import { SameObject } from "./same-object.ts";

export const moderationsToModerations: Translation = {
  from: "moderations",
  to: "moderations",
  request: (view, model) => ok(renamedBody(view, model)),
  answer: () =>
    new SameObject({
      isAnswer: ({ results }) => Array.isArray(results),
      usageOf: ({ usage }) => readUsage(usage),
    }),
};
