// The caller and the engine speak the same: bytes pass as they come, but for the model's name, for the word that nothing is to
// be kept where the caller left it out, and for the marks by which the cell knows again where something was kept.
import { decodeUtf8, fail, isObject, ok, parseJson, type Result } from "../../base/index.ts";
import { readCallId } from "../openai/answer.ts";
import { renamedBody } from "../renamed-body.ts";
import { lastEvents, readResponseUsage } from "../responses/answer.ts";
import { markedEvent, markedResponse } from "../responses/marked-answer.ts";
import type { AnswerMarks } from "../responses/marks.ts";
import { formatSseEvent, type SseEvent } from "../sse.ts";
import {
  type AnswerFacts,
  type AnswerFault,
  type AnswerTranslator,
  noFacts,
  type Translation,
} from "../translation.ts";

export const openAiResponsesToOpenAiResponses: Translation = {
  from: "responses",
  to: "responses",
  request: (view, model) => ok(renamedBody({ ...view, usageWish: null }, model)),
  answer: (_view, marks = null) => new SameResponse(marks),
};

class SameResponse implements AnswerTranslator {
  #facts: AnswerFacts = noFacts;
  #hasBegun = false;
  /** The closing event as it came. */
  #closing: string | null = null;
  readonly #marks: AnswerMarks | null;

  constructor(marks: AnswerMarks | null) {
    this.#marks = marks;
  }

  get facts(): AnswerFacts {
    return this.#facts;
  }

  get isClosed(): boolean {
    return this.#closing !== null;
  }

  whole(bytes: Uint8Array): Result<Uint8Array, AnswerFault> {
    const body = parseJson(decodeUtf8(bytes) ?? "");
    if (!isObject(body)) return fail("garbage");
    if (this.#note(body, body) === "error") return fail("error");
    const isAnswer = body["object"] === "response" && Array.isArray(body["output"]);
    return isAnswer && isOver(body["status"])
      ? ok(markedResponse(bytes, body, this.#marks))
      : fail("garbage");
  }

  push({ name, data }: SseEvent): Result<string, AnswerFault> {
    if (this.isClosed || data === "[DONE]") return ok("");
    const body = parseJson(data);
    if (!isObject(body)) return fail(name === "error" ? "error" : "garbage");
    const { type, response } = body;
    const fault = this.#note(isObject(response) ? response : body, body);
    if (name === "error" || type === "error" || fault !== null) return fail("error");
    if (typeof type !== "string" || !this.#isInOrder(type)) return fail("garbage");
    // A server that leaves the name out means the type: clients go by either.
    const framed = formatSseEvent(name === "message" ? type : name, markedEvent(data, body, this.#marks));
    if (!lastEvents.includes(type)) return ok(framed);
    this.#closing = framed;
    return ok("");
  }

  end(): Result<string, "broken"> {
    return this.#closing === null ? fail("broken") : ok(this.#closing);
  }

  #isInOrder(type: string): boolean {
    if (/^response\.(created|queued|in_progress)$/.test(type)) this.#hasBegun = true;
    return this.#hasBegun;
  }

  /** After an error, `body` is what says so. */
  #note(response: Readonly<Record<string, unknown>>, body: unknown): "error" | null {
    const { usage, model, error } = response;
    const isError = (error !== undefined && error !== null) || response["status"] === "failed";
    this.#facts = {
      usage: readResponseUsage(usage) ?? this.#facts.usage,
      model: typeof model === "string" ? model : this.#facts.model,
      callId: readCallId(response) ?? this.#facts.callId,
      body: isError ? response : body,
    };
    return isError ? "error" : null;
  }
}

/** One that goes on in the background is no answer. */
function isOver(status: unknown): boolean {
  return status === undefined || status === "completed" || status === "incomplete";
}
