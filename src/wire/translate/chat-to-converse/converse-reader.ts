// What Bedrock's Converse answers, whole or in events, in pieces of a chat. An event is what a frame of the event stream holds:
// its `:event-type` or `:exception-type` as the name, its payload as the data. The frames are the engine's matter
// (docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html).
import { fail, isObject, ok, type Result } from "../../../base/index.ts";
import { readCount } from "../../openai/answer.ts";
import type { CallPiece, ChatFinish, ChatPiece } from "../../openai/chat-piece.ts";
import type { TokenUsage } from "../../token-usage.ts";
import { type AnswerFacts, type AnswerFault, noFacts } from "../../translation.ts";
import { type ChatReader, joinedPieces, nothingSaid } from "../told-as-chat.ts";
import type { Members } from "../untranslatable.ts";

/** Closed. Not there: `malformed_model_output` and `malformed_tool_use`, which are no answer. */
const finishes: ReadonlyMap<unknown, ChatFinish> = new Map([
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["tool_use", "tool_calls"],
  ["guardrail_intervened", "content_filter"],
  ["content_filtered", "content_filter"],
]);

/** The status that an exception has where it is an answer of its own (ibid., Errors). */
const statuses: Readonly<Record<string, number>> = {
  internalServerException: 500,
  modelStreamErrorException: 424,
  serviceUnavailableException: 503,
  throttlingException: 429,
  validationException: 400,
};

export class ConverseReader implements ChatReader {
  /** Of calls, by the index of their block. */
  readonly #open = new Map<unknown, OpenCall>();
  #calls = 0;
  #hasBegun = false;
  #isClosed = false;
  #facts: AnswerFacts = noFacts;

  get facts(): AnswerFacts {
    return this.#facts;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  whole(body: Members): Result<ChatPiece, AnswerFault> {
    this.#note(body);
    const { output, stopReason, message } = body;
    // An error has its sentence alone (ibid.).
    if (output === undefined && typeof message === "string") return fail("error");
    const said = isObject(output) && isObject(output["message"]) ? output["message"]["content"] : null;
    const finish = finishes.get(stopReason);
    if (!Array.isArray(said) || finish === undefined) return fail("garbage");
    const pieces = said.map((block: unknown) => this.#block(block));
    if (!pieces.every((piece) => piece !== null)) return fail("garbage");
    return ok({ ...joinedPieces(pieces), finish });
  }

  event(name: string, body: Members): Result<ChatPiece | null, AnswerFault> {
    if (name.endsWith("Exception")) {
      const error = { type: name, status: statuses[name] ?? null, message: body["message"] };
      this.#facts = { ...this.#facts, body: { error } };
      return fail("error");
    }
    this.#note(body);
    if (name === "messageStart") this.#hasBegun = true;
    if (!this.#hasBegun) return fail("garbage");
    if (name === "metadata") this.#isClosed = true;
    const piece = this.#read(name, body);
    return piece === "garbage" ? fail(piece) : ok(piece);
  }

  #read(name: string, body: Members): ChatPiece | null | "garbage" {
    const { contentBlockIndex: index, start, delta, stopReason } = body;
    if (name === "messageStart") return nothingSaid;
    if (name === "contentBlockStart") return this.#start(index, start) ?? "garbage";
    if (name === "contentBlockDelta") return this.#delta(index, delta) ?? "garbage";
    if (name === "contentBlockStop") return this.#stop(index);
    if (name !== "messageStop") return null;
    const finish = finishes.get(stopReason);
    return finish === undefined ? "garbage" : { ...nothingSaid, finish };
  }

  /** Only a call begins with anything. */
  #start(index: unknown, start: unknown): ChatPiece | null {
    if (!isObject(start)) return null;
    const piece = isObject(start["toolUse"]) ? this.#call(start["toolUse"], "") : null;
    const [call] = piece?.calls ?? [];
    if (call) this.#open.set(index, { index: call.index, hasTold: false });
    return piece;
  }

  #delta(index: unknown, delta: unknown): ChatPiece | null {
    if (!isObject(delta)) return null;
    const { text, toolUse, reasoningContent: thought } = delta;
    if (typeof text === "string") return { ...nothingSaid, text };
    // What is encrypted, and what signs it, says nothing to anybody but its maker.
    if (isObject(thought))
      return typeof thought["text"] === "string"
        ? { ...nothingSaid, reasoning: thought["text"] }
        : nothingSaid;
    const open = this.#open.get(index);
    const json = isObject(toolUse) ? toolUse["input"] : null;
    if (!open || typeof json !== "string") return null;
    open.hasTold ||= json !== "";
    return { ...nothingSaid, calls: [goingOn(open.index, json)] };
  }

  /** A call that is given nothing may say nothing. */
  #stop(index: unknown): ChatPiece | null {
    const open = this.#open.get(index);
    this.#open.delete(index);
    return open && !open.hasTold ? { ...nothingSaid, calls: [goingOn(open.index, "{}")] } : null;
  }

  #block(block: unknown): ChatPiece | null {
    if (!isObject(block)) return null;
    const { text, toolUse, reasoningContent: thought } = block;
    if (typeof text === "string") return { ...nothingSaid, text };
    if (isObject(toolUse)) return this.#call(toolUse, JSON.stringify(toolUse["input"] ?? {}));
    if (!isObject(thought)) return null;
    const said = isObject(thought["reasoningText"]) ? thought["reasoningText"]["text"] : "";
    return typeof said === "string" ? { ...nothingSaid, reasoning: said } : null;
  }

  #call({ toolUseId: id, name }: Members, json: string): ChatPiece | null {
    if (typeof id !== "string" || typeof name !== "string") return null;
    return { ...nothingSaid, calls: [{ index: this.#calls++, id, name, arguments: json }] };
  }

  #note(body: Members): void {
    this.#facts = { ...this.#facts, usage: readUsage(body["usage"]) ?? this.#facts.usage, body };
  }
}

interface OpenCall {
  /** Among the answer's calls. */
  readonly index: number;
  hasTold: boolean;
}

function goingOn(index: number, json: string): CallPiece {
  return { index, id: null, name: null, arguments: json };
}

/** What was read from a cache, or into one, is no part of `inputTokens` (docs.aws.amazon.com: Bedrock, prompt caching). */
function readUsage(usage: unknown): TokenUsage | null {
  if (!isObject(usage)) return null;
  const input = readCount(usage["inputTokens"]);
  if (input === null) return null;
  const cachedTokens = readCount(usage["cacheReadInputTokens"]);
  const written = readCount(usage["cacheWriteInputTokens"]) ?? 0;
  return {
    promptTokens: input + (cachedTokens ?? 0) + written,
    completionTokens: readCount(usage["outputTokens"]) ?? 0,
    cachedTokens,
  };
}
