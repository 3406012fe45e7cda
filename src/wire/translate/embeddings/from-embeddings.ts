// A request for embeddings in a form that other dialects are written from.
import { type Members, presentMembers, requireKnown, UntranslatableError } from "../untranslatable.ts";

export interface EmbeddingsWish {
  readonly texts: readonly string[];
  /** How long each vector is to be; undefined where the model's own length is meant. */
  readonly dimensions: unknown;
}

/** `others`: members beside OpenAI's own that the dialect has words for. Throws {@link UntranslatableError}. */
export function embeddingsWishOf(body: Members, others: readonly string[] = []): EmbeddingsWish {
  const members = presentMembers(body);
  // `stream` can only be false here. The form of the vectors is made of what the engine answers.
  requireKnown(members, ["model", "input", "encoding_format", "dimensions", "stream", ...others], "");
  const { input, encoding_format: format = "float", dimensions } = members;
  if (format !== "float" && format !== "base64") throw new UntranslatableError("encoding_format");
  return { texts: textsOf(input), dimensions };
}

/** Tokens are numbers of another model's vocabulary. */
function textsOf(input: unknown): readonly string[] {
  const texts: readonly unknown[] = Array.isArray(input) ? input : [input];
  if (texts.every((text) => typeof text === "string")) return texts;
  throw new UntranslatableError("input", "must be a text or texts: the model's endpoint takes no tokens");
}
