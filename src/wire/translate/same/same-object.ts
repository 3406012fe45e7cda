// An answer that is one JSON object, for a caller who speaks the same: it passes as it came.
import { decodeUtf8, fail, isObject, ok, parseJson, type Result } from "../../../base/index.ts";
import { readCallId } from "../../openai/answer.ts";
import type { TokenUsage } from "../../token-usage.ts";
import { type AnswerFacts, type AnswerFault, noFacts, WholeAnswerOnly } from "../../translation.ts";

type Members = Readonly<Record<string, unknown>>;

interface ObjectDialect {
  readonly isAnswer: (body: Members) => boolean;
  readonly usageOf: (body: Members) => TokenUsage | null;
}

export class SameObject extends WholeAnswerOnly {
  readonly #dialect: ObjectDialect;
  #facts: AnswerFacts = noFacts;

  constructor(dialect: ObjectDialect) {
    super();
    this.#dialect = dialect;
  }

  get facts(): AnswerFacts {
    return this.#facts;
  }

  whole(bytes: Uint8Array): Result<Uint8Array, AnswerFault> {
    const body = parseJson(decodeUtf8(bytes) ?? "");
    if (!isObject(body)) return fail("garbage");
    const { model, error, object } = body;
    this.#facts = {
      usage: this.#dialect.usageOf(body),
      model: typeof model === "string" ? model : null,
      body,
      callId: readCallId(body),
    };
    if ((error !== undefined && error !== null) || object === "error") return fail("error");
    return this.#dialect.isAnswer(body) ? ok(bytes) : fail("garbage");
  }
}
