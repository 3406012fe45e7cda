// An answer of a server of OpenAI's dialect for a caller who speaks the same.
import { decodeUtf8, fail, isObject, ok, parseJson, type Result } from "../../base/index.ts";
import {
  type AnswerNames,
  type LaterChunk,
  parseChatAnswer,
  parseChatChunk,
  parseLaterChunk,
  readCallId,
} from "../openai/answer.ts";
import { formatSseData, type SseEvent } from "../sse.ts";
import type { AnswerFacts, AnswerFault, AnswerTranslator } from "../translation.ts";

interface Asked {
  readonly names: AnswerNames;
  readonly hidesUsage: boolean;
  /** How many choices the request asks for. */
  readonly answers: number;
}

/** An answer in choices, of a chat or of a text. */
export class SameChoices implements AnswerTranslator {
  readonly #names: AnswerNames;
  readonly #hidesUsage: boolean;
  readonly #choices: ChoiceEnds;
  #facts: AnswerFacts = { usage: null, model: null, body: null, callId: null };
  #hasBegun = false;
  #isClosed = false;

  constructor({ names, hidesUsage, answers }: Asked) {
    this.#choices = new ChoiceEnds(answers);
    this.#names = names;
    this.#hidesUsage = hidesUsage;
  }

  get facts(): AnswerFacts {
    return this.#facts;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  whole(bytes: Uint8Array): Result<Uint8Array, AnswerFault> {
    const text = decodeUtf8(bytes);
    if (text === null) return fail("garbage");
    const fault = this.#note(parseChatAnswer(text, this.#names));
    return fault ? fail(fault) : ok(bytes);
  }

  push(event: SseEvent): Result<string, AnswerFault> {
    if (this.#isClosed) return ok("");
    const chunk = this.#read(event);
    this.#hasBegun = true;
    if (chunk.kind === "done") {
      this.#isClosed = true;
      return ok("");
    }
    const fault = this.#note(chunk);
    if (fault) return fail(fault);
    if (chunk.kind === "answer") this.#choices.note(chunk.body);
    return ok(this.#hidesUsage && isUsageAlone(chunk) ? "" : formatSseData(event.data));
  }

  /** An engine that ends cleanly after every choice said why it ended has said all, if not `[DONE]`. */
  end(): Result<string, "broken"> {
    const isComplete = this.#isClosed || this.#choices.haveEnded;
    return isComplete ? ok(formatSseData("[DONE]")) : fail("broken");
  }

  /** Where the event's name says that it is an error, its members need not. */
  #read({ name, data }: SseEvent): LaterChunk {
    if (name === "error") return { kind: "error", body: parseJson(data) };
    return this.#hasBegun ? parseLaterChunk(data, this.#names) : parseChatChunk(data, this.#names);
  }

  #note(answer: Exclude<LaterChunk, { readonly kind: "done" }>): AnswerFault | null {
    if (answer.kind === "garbage") return "garbage";
    const { body } = answer;
    if (answer.kind === "error") {
      this.#facts = { ...this.#facts, body };
      return "error";
    }
    const { usage, model, callId } = this.#facts;
    this.#facts = {
      // A chunk that does not repeat a fact takes nothing back.
      usage: answer.usage ?? usage,
      model: (answer.kind === "answer" ? answer.model : null) ?? model,
      callId: readCallId(body) ?? callId,
      body,
    };
    return null;
  }
}

/** Which choices of a stream have said why they ended. */
class ChoiceEnds {
  readonly #asked: number;
  readonly #open = new Set<unknown>();
  readonly #ended = new Set<unknown>();

  constructor(asked: number) {
    this.#asked = asked;
  }

  /** One that has not begun has not ended. */
  get haveEnded(): boolean {
    return this.#ended.size >= this.#asked && this.#open.size === 0;
  }

  note(chunk: unknown): void {
    const choices: readonly unknown[] =
      isObject(chunk) && Array.isArray(chunk["choices"]) ? chunk["choices"] : [];
    for (const choice of choices) {
      if (!isObject(choice)) continue;
      const index = choice["index"] ?? 0;
      if (typeof choice["finish_reason"] !== "string") this.#open.add(index);
      else {
        this.#open.delete(index);
        this.#ended.add(index);
      }
    }
  }
}

/** The chunk that an engine sends only to who asks for its counts. */
function isUsageAlone(chunk: LaterChunk): boolean {
  if (chunk.kind !== "answer" || chunk.usage === null || !isObject(chunk.body)) return false;
  const { choices } = chunk.body;
  return Array.isArray(choices) && choices.length === 0;
}
