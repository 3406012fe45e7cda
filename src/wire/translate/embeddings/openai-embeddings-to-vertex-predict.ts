// Embeddings asked of Google Cloud's `predict` (cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api).
import { isObject } from "../../../base/index.ts";
import { readCount } from "../../openai/answer.ts";
import type { Translation } from "../../translation.ts";
import { present } from "../from-chat/settings.ts";
import { type Members, membersOf, translatedBody } from "../untranslatable.ts";
import { embeddingsWishOf } from "./from-embeddings.ts";
import { ToldAsVectors } from "./told-as-vectors.ts";

export const openAiEmbeddingsToVertexPredict: Translation = {
  from: "embeddings",
  to: "predict",
  request: ({ body }) => translatedBody(() => requestOf(membersOf(body))),
  answer: (view) =>
    new ToldAsVectors({ vectorsOf, promptTokensOf, isError: ({ error }) => isObject(error) }, view),
};

/** The model is in the path. */
function requestOf(members: Members): object {
  const { texts, dimensions } = embeddingsWishOf(members);
  return {
    instances: texts.map((content) => ({ content })),
    // Else the end of a long text would be left out in silence.
    parameters: { autoTruncate: false, ...present({ outputDimensionality: dimensions }) },
  };
}

function vectorsOf({ predictions }: Members): readonly unknown[] | null {
  if (!Array.isArray(predictions)) return null;
  return predictions.map((each: unknown) => embeddingIn(each)["values"]);
}

/** Of all texts together; null where one of them is not counted. */
function promptTokensOf({ predictions }: Members): number | null {
  if (!Array.isArray(predictions)) return null;
  const counts = predictions.map((each: unknown) => {
    const { statistics } = embeddingIn(each);
    return isObject(statistics) ? readCount(statistics["token_count"]) : null;
  });
  return counts.reduce<number | null>(
    (sum, count) => (sum === null || count === null ? null : sum + count),
    0,
  );
}

function embeddingIn(prediction: unknown): Members {
  const embedding = isObject(prediction) ? prediction["embeddings"] : null;
  return isObject(embedding) ? embedding : {};
}
