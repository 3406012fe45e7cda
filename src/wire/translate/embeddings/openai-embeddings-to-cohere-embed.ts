// Embeddings asked of an engine that speaks Cohere's `/v2/embed` (docs.cohere.com/reference/embed). Vectors come as numbers,
// which are written as base64 here for whoever asks for it: in which order Cohere's own base64 has its bytes is not said.
import { isObject } from "../../../base/index.ts";
import { readCount } from "../../openai/answer.ts";
import type { Translation } from "../../translation.ts";
import { embeddingsWishOf } from "./from-embeddings.ts";
import { present } from "../from-chat/settings.ts";
import { ToldAsVectors } from "./told-as-vectors.ts";
import { type Members, membersOf, translatedBody, UntranslatableError } from "../untranslatable.ts";

export const openAiEmbeddingsToCohereEmbed: Translation = {
  from: "embeddings",
  to: "cohere_embed",
  request: ({ body }, model) => translatedBody(() => requestOf(membersOf(body), model)),
  answer: (view) =>
    new ToldAsVectors(
      { vectorsOf, promptTokensOf, isError: ({ message }) => typeof message === "string" },
      view,
    ),
};

function requestOf(members: Members, model: string): object {
  const { texts, dimensions } = embeddingsWishOf(members, ["input_type"]);
  return {
    model,
    texts,
    input_type: inputTypeOf(members),
    embedding_types: ["float"],
    // Else the end of a long text would be left out in silence.
    truncate: "NONE",
    ...present({ output_dimension: dimensions }),
  };
}

const inputTypes: readonly unknown[] = ["search_document", "search_query", "classification", "clustering"];

/** A text has another vector for each, and OpenAI's clients say it by no member of their own: nobody guesses it for them. */
function inputTypeOf({ input_type: type }: Members): unknown {
  if (!inputTypes.includes(type))
    throw new UntranslatableError(
      "input_type",
      `must say what the vectors are for, since the model makes others for each: ${inputTypes.map((each) => `\`${String(each)}\``).join(", ")}`,
    );
  return type;
}

function vectorsOf({ embeddings }: Members): readonly unknown[] | null {
  const vectors = isObject(embeddings) ? embeddings["float"] : null;
  return Array.isArray(vectors) ? vectors : null;
}

/** What is billed is all that is told. */
function promptTokensOf({ meta }: Members): number | null {
  const billed = isObject(meta) ? meta["billed_units"] : null;
  return isObject(billed) ? readCount(billed["input_tokens"]) : null;
}
