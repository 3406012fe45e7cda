// What texts hold that a service would not have, in OpenAI's form: here, nothing ever.
import { ok } from "../../../base/index.ts";
import { tokenize } from "../tokens.ts";
import type { AtOnceDialect } from "./at-once.ts";

export const moderationDialect: AtOnceDialect = {
  operation: "moderations",
  read({ input }) {
    // Parts are of one input, texts one each.
    const inputs: readonly unknown[] =
      Array.isArray(input) && input.every((each) => typeof each === "string") ? input : [input];
    const prompt = inputs.flatMap((each) => tokenize(typeof each === "string" ? each : JSON.stringify(each)));
    const results = inputs.map(() => ({
      flagged: false,
      categories: ofEach(false),
      category_scores: ofEach(0.001),
    }));
    return ok({ prompt, format: ({ id, model }) => JSON.stringify({ id: `modr-${id}`, model, results }) });
  },
};

const categories = ["harassment", "hate", "self-harm", "sexual", "violence"];

function ofEach(value: boolean | number): object {
  return Object.fromEntries(categories.map((category) => [category, value]));
}
