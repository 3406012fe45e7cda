// Embeddings asked of an engine that speaks Gemini's `batchEmbedContents` (ai.google.dev/api/embeddings).
import { isObject } from "../../../base/index.ts";
import { readCount } from "../../openai/answer.ts";
import type { Translation } from "../../translation.ts";
import { present } from "../from-chat/settings.ts";
import { type Members, membersOf, translatedBody } from "../untranslatable.ts";
import { embeddingsWishOf } from "./from-embeddings.ts";
import { ToldAsVectors } from "./told-as-vectors.ts";

export const openAiEmbeddingsToGeminiEmbedContents: Translation = {
  from: "embeddings",
  to: "embed_contents",
  request: ({ body }, model) => translatedBody(() => requestOf(membersOf(body), model)),
  answer: (view) =>
    new ToldAsVectors({ vectorsOf, promptTokensOf, isError: ({ error }) => isObject(error) }, view),
};

/** Each text is a request of its own, and names the model once more. */
function requestOf(members: Members, model: string): object {
  const { texts, dimensions } = embeddingsWishOf(members);
  const requests = texts.map((text) => ({
    model: `models/${model}`,
    content: { parts: [{ text }] },
    ...present({ outputDimensionality: dimensions }),
  }));
  return { requests };
}

function vectorsOf({ embeddings }: Members): readonly unknown[] | null {
  if (!Array.isArray(embeddings)) return null;
  return embeddings.map((each: unknown) => (isObject(each) ? each["values"] : null));
}

/** Newer models count. */
function promptTokensOf({ usageMetadata: usage }: Members): number | null {
  return isObject(usage) ? readCount(usage["promptTokenCount"]) : null;
}
