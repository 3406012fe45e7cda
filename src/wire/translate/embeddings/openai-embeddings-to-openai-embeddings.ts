// The caller and the engine speak the same: bytes pass as they come, but for the model's name, and for an engine that
// answers numbers to who asked for base64, as OpenAI's own clients do.
import { decodeUtf8, encodeUtf8, fail, isObject, ok, parseJson, type Result } from "../../../base/index.ts";
import { readCallId, readUsage } from "../../openai/answer.ts";
import { vectorFormOf, type VectorForm } from "../../openai/embeddings.ts";
import { inBase64, isInForm, readVectors } from "../../openai/vectors.ts";
import { renamedBody } from "../../renamed-body.ts";
import {
  type AnswerFacts,
  type AnswerFault,
  noFacts,
  type Translation,
  WholeAnswerOnly,
} from "../../translation.ts";

export const openAiEmbeddingsToOpenAiEmbeddings: Translation = {
  from: "embeddings",
  to: "embeddings",
  request: (view, model) => ok(renamedBody(view, model)),
  answer: ({ body, answerBound }) => new Vectors(vectorFormOf(body), answerBound.prompts),
};

class Vectors extends WholeAnswerOnly {
  readonly #form: VectorForm;
  readonly #count: number;
  #facts: AnswerFacts = noFacts;

  /** `count`: how many vectors were asked for. */
  constructor(form: VectorForm, count: number) {
    super();
    this.#form = form;
    this.#count = count;
  }

  get facts(): AnswerFacts {
    return this.#facts;
  }

  whole(bytes: Uint8Array): Result<Uint8Array, AnswerFault> {
    const body = parseJson(decodeUtf8(bytes) ?? "");
    if (!isObject(body)) return fail("garbage");
    const { model, usage, error } = body;
    this.#facts = {
      usage: readUsage(usage),
      model: typeof model === "string" ? model : null,
      body,
      callId: readCallId(body),
    };
    if (error !== undefined && error !== null) return fail("error");
    const vectors = readVectors(body);
    if (vectors?.length !== this.#count || !vectors.every((vector) => isInForm(vector, this.#form)))
      return fail("garbage");
    const isAsAsked = !this.#form.isBase64 || vectors.every((vector) => typeof vector === "string");
    return ok(isAsAsked ? bytes : encodeUtf8(JSON.stringify(inBase64(body))));
  }
}
