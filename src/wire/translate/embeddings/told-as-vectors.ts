// Vectors of an engine of another dialect, told as OpenAI's embeddings, in the form that was asked for
// (developers.openai.com/api/reference/resources/embeddings).
import { decodeUtf8, encodeUtf8, fail, isObject, ok, parseJson, type Result } from "../../../base/index.ts";
import { readCallId } from "../../openai/answer.ts";
import { vectorFormOf } from "../../openai/embeddings.ts";
import { isInForm, vectorInBase64 } from "../../openai/vectors.ts";
import type { RequestView } from "../../operation.ts";
import type { TokenUsage } from "../../token-usage.ts";
import { type AnswerFacts, type AnswerFault, noFacts, WholeAnswerOnly } from "../../translation.ts";
import type { Members } from "../untranslatable.ts";

interface VectorDialect {
  /** In the order of the texts, each of numbers; null for an answer that has none. */
  readonly vectorsOf: (body: Members) => readonly unknown[] | null;
  readonly promptTokensOf: (body: Members) => number | null;
  readonly isError: (body: Members) => boolean;
}

export class ToldAsVectors extends WholeAnswerOnly {
  readonly #dialect: VectorDialect;
  readonly #view: RequestView;
  #facts: AnswerFacts = noFacts;

  /** `view`: of the request for embeddings. */
  constructor(dialect: VectorDialect, view: RequestView) {
    super();
    this.#dialect = dialect;
    this.#view = view;
  }

  get facts(): AnswerFacts {
    return this.#facts;
  }

  whole(bytes: Uint8Array): Result<Uint8Array, AnswerFault> {
    const body = parseJson(decodeUtf8(bytes) ?? "");
    if (!isObject(body)) return fail("garbage");
    const promptTokens = this.#dialect.promptTokensOf(body);
    this.#facts = {
      usage: promptTokens === null ? null : usageOf(promptTokens),
      model: null,
      body,
      callId: readCallId(body),
    };
    if (this.#dialect.isError(body)) return fail("error");
    const vectors = this.#dialect.vectorsOf(body);
    const form = vectorFormOf(this.#view.body);
    if (vectors?.length !== this.#view.answerBound.prompts || !vectors.every(isNumbers))
      return fail("garbage");
    if (!vectors.every((vector) => isInForm(vector, form))) return fail("garbage");
    const told = form.isBase64 ? vectors.map(vectorInBase64) : vectors;
    return ok(encodeUtf8(JSON.stringify(this.#list(told, promptTokens))));
  }

  /** What was read is told where the engine tells it: no number is made up. */
  #list(vectors: readonly unknown[], promptTokens: number | null): object {
    return {
      object: "list",
      data: vectors.map((embedding, index) => ({ object: "embedding", index, embedding })),
      model: this.#view.model,
      ...(promptTokens !== null && { usage: { prompt_tokens: promptTokens, total_tokens: promptTokens } }),
    };
  }
}

function isNumbers(vector: unknown): vector is readonly number[] {
  return Array.isArray(vector) && vector.every((each) => typeof each === "number");
}

function usageOf(promptTokens: number): TokenUsage {
  return { promptTokens, completionTokens: 0, cachedTokens: null };
}
