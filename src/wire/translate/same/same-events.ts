// An answer in one piece of any kind, or in events of which each names its type, for a caller who speaks the same: it passes
// as it came.
import { decodeUtf8, fail, isObject, ok, parseJson, type Result } from "../../../base/index.ts";
import { readCallId, readCount, readUsage } from "../../openai/answer.ts";
import { formatSseData, formatSseEvent, type SseEvent } from "../../sse.ts";
import type { TokenUsage } from "../../token-usage.ts";
import { type AnswerFacts, type AnswerFault, type AnswerTranslator, noFacts } from "../../translation.ts";

type Members = Readonly<Record<string, unknown>>;

interface EventDialect {
  /** What the last event calls itself. */
  readonly last: readonly string[];
  /** Of an answer in one JSON object. */
  readonly isAnswer: (body: Members) => boolean;
  /** An answer may be other than JSON. */
  readonly isAnyMedia: boolean;
  /** Of an answer or an event: it says where something is kept that had to be in it. */
  readonly isKept?: (body: Members) => boolean;
}

export class SameEvents implements AnswerTranslator {
  readonly #dialect: EventDialect;
  #facts: AnswerFacts = noFacts;
  /** The newest event that may be the last: it ends the answer, and so waits for the outcome. */
  #last: string | null = null;
  #isClosed = false;

  constructor(dialect: EventDialect) {
    this.#dialect = dialect;
  }

  get facts(): AnswerFacts {
    return this.#facts;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  whole(bytes: Uint8Array, mediaType = "application/json"): Result<Uint8Array, AnswerFault> {
    const isJson = /^application\/json\b/i.test(mediaType);
    if (this.#dialect.isAnyMedia && !isJson) return bytes.length === 0 ? fail("garbage") : ok(bytes);
    const body = parseJson(decodeUtf8(bytes) ?? "");
    if (!isObject(body)) return fail("garbage");
    const fault = this.#note(body);
    if (fault) return fail(fault);
    return this.#dialect.isAnswer(body) ? ok(bytes) : fail("garbage");
  }

  push({ name, data }: SseEvent): Result<string, AnswerFault> {
    if (this.#isClosed) return ok("");
    const before = this.#last ?? "";
    this.#last = null;
    if (data === "[DONE]") {
      this.#isClosed = true;
      this.#last = before + formatSseData(data);
      return ok("");
    }
    const body = parseJson(data);
    // Where the event's name says that it is an error, its members need not.
    if (name === "error") {
      this.#facts = { ...this.#facts, body };
      return fail("error");
    }
    if (!isObject(body)) return fail("garbage");
    const fault = this.#note(body);
    if (fault) return fail(fault);
    const event = name === "message" ? formatSseData(data) : formatSseEvent(name, data);
    if (!this.#dialect.last.includes(String(body["type"]))) return ok(before + event);
    this.#last = event;
    return ok(before);
  }

  end(): Result<string, "broken"> {
    return this.#last === null ? fail("broken") : ok(this.#last);
  }

  #note(body: Members): "error" | "kept" | null {
    const { model, usage, error, object, type } = body;
    this.#facts = {
      usage: readTokens(usage) ?? this.#facts.usage,
      model: typeof model === "string" ? model : this.#facts.model,
      body,
      callId: readCallId(body) ?? this.#facts.callId,
    };
    const isError = (error !== undefined && error !== null) || object === "error" || type === "error";
    if (isError) return "error";
    return this.#dialect.isKept?.(body) === true ? "kept" : null;
  }
}

/** By the names of either generation of OpenAI's API. Seconds of speech are no tokens. */
function readTokens(usage: unknown): TokenUsage | null {
  if (!isObject(usage)) return null;
  const promptTokens = readCount(usage["input_tokens"]);
  if (promptTokens === null) return readUsage(usage);
  return { promptTokens, completionTokens: readCount(usage["output_tokens"]) ?? 0, cachedTokens: null };
}
