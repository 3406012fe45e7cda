// The caller and the engine speak the same: bytes pass as they come, signatures of thinking among them, but for the
// model's name on the way in and the framing of events on the way out.
import { decodeUtf8, fail, isObject, ok, parseJson, type Result } from "../../base/index.ts";
import { isErrorBody, MessageUsage } from "../anthropic/answer.ts";
import { readCallId } from "../openai/answer.ts";
import { renamedBody } from "../renamed-body.ts";
import { formatSseEvent, type SseEvent } from "../sse.ts";
import {
  type AnswerFacts,
  type AnswerFault,
  type AnswerTranslator,
  noFacts,
  type Translation,
} from "../translation.ts";

export const anthropicMessagesToAnthropicMessages: Translation = {
  from: "messages",
  to: "messages",
  request: (view, model) => ok(renamedBody({ ...view, usageWish: null }, model)),
  answer: () => new SameMessage(),
};

class SameMessage implements AnswerTranslator {
  readonly #usage = new MessageUsage();
  #facts: AnswerFacts = noFacts;
  #hasBegun = false;
  /** The message has said why it ended. */
  #hasEnded = false;
  /** The closing event as it came. */
  #closing: string | null = null;

  get facts(): AnswerFacts {
    return this.#facts;
  }

  get isClosed(): boolean {
    return this.#closing !== null;
  }

  whole(bytes: Uint8Array): Result<Uint8Array, AnswerFault> {
    const body = parseJson(decodeUtf8(bytes) ?? "");
    if (!isObject(body)) return fail("garbage");
    this.#note(body, body);
    if (isErrorBody(body)) return fail("error");
    return body["type"] === "message" && Array.isArray(body["content"]) ? ok(bytes) : fail("garbage");
  }

  push({ name, data }: SseEvent): Result<string, AnswerFault> {
    if (this.isClosed) return ok("");
    const body = parseJson(data);
    if (!isObject(body)) return fail(name === "error" ? "error" : "garbage");
    const type = body["type"];
    this.#note(body, type === "message_start" && isObject(body["message"]) ? body["message"] : body);
    if (name === "error" || isErrorBody(body)) return fail("error");
    if (typeof type !== "string" || !this.#isInOrder(type)) return fail("garbage");
    const delta = body["delta"];
    if (type === "message_delta" && isObject(delta) && typeof delta["stop_reason"] === "string")
      this.#hasEnded = true;
    // A server that leaves the name out means the type: clients go by the name.
    const framed = formatSseEvent(name === "message" ? type : name, data);
    if (type !== "message_stop") return ok(framed);
    this.#closing = framed;
    return ok("");
  }

  /** An engine that ends cleanly after its message said why it ended has said all, if not that it stops. */
  end(): Result<string, "broken"> {
    if (this.#closing !== null) return ok(this.#closing);
    return this.#hasEnded ? ok(formatSseEvent("message_stop", stop)) : fail("broken");
  }

  /** Pings may come at any time, and kinds of event that nobody knows yet once the message has begun. */
  #isInOrder(type: string): boolean {
    if (type === "message_start") this.#hasBegun = true;
    return this.#hasBegun || type === "ping";
  }

  #note(body: unknown, message: Readonly<Record<string, unknown>>): void {
    const { usage, model } = message;
    this.#usage.note(usage);
    this.#facts = {
      usage: this.#usage.total,
      model: typeof model === "string" ? model : this.#facts.model,
      callId: readCallId(message) ?? this.#facts.callId,
      body,
    };
  }
}

const stop = '{"type":"message_stop"}';
