// A count of tokens passes as it comes. Nothing is computed of what is counted, so it uses none.
import { decodeUtf8, fail, isObject, ok, parseJson, type Result } from "../../base/index.ts";
import { isErrorBody } from "../anthropic/answer.ts";
import { readCount } from "../openai/answer.ts";
import { renamedBody } from "../renamed-body.ts";
import {
  type AnswerFacts,
  type AnswerFault,
  noFacts,
  type Translation,
  WholeAnswerOnly,
} from "../translation.ts";

export const anthropicCountToAnthropicCount: Translation = {
  from: "count_tokens",
  to: "count_tokens",
  request: (view, model) => ok(renamedBody(view, model)),
  answer: () => new Count(),
};

class Count extends WholeAnswerOnly {
  #facts: AnswerFacts = noFacts;

  get facts(): AnswerFacts {
    return this.#facts;
  }

  whole(bytes: Uint8Array): Result<Uint8Array, AnswerFault> {
    const body = parseJson(decodeUtf8(bytes) ?? "");
    if (!isObject(body)) return fail("garbage");
    const usage = { promptTokens: 0, completionTokens: 0, cachedTokens: null };
    this.#facts = { ...noFacts, usage, body };
    if (isErrorBody(body)) return fail("error");
    return readCount(body["input_tokens"]) === null ? fail("garbage") : ok(bytes);
  }
}
