// What a message says, whole or in events, in pieces of a chat (platform.claude.com/docs/en/build-with-claude/streaming).
import { fail, isObject, ok, type Result } from "../../../base/index.ts";
import { isErrorBody, MessageUsage } from "../../anthropic/answer.ts";
import { readCallId } from "../../openai/answer.ts";
import type { CallPiece, ChatFinish, ChatPiece } from "../../openai/chat-piece.ts";
import { type AnswerFacts, type AnswerFault, noFacts } from "../../translation.ts";
import { type ChatReader, joinedPieces, nothingSaid } from "../told-as-chat.ts";
import type { Members } from "../untranslatable.ts";

/**
 * Closed: of an end that nobody knows, nobody can say what it means. Not there: `pause_turn`, at which a tool of the provider's
 * waits, since a chat can neither ask for one nor go on with it.
 */
const finishes: ReadonlyMap<unknown, ChatFinish> = new Map([
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["tool_use", "tool_calls"],
  ["refusal", "content_filter"],
]);

export class MessageReader implements ChatReader {
  readonly #usage = new MessageUsage();
  /** Those that are open, by the engine's index; null for one that a chat says nothing of. */
  readonly #blocks = new Map<unknown, OpenCall | "text" | "thinking" | null>();
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
    this.#note(body, body);
    if (isErrorBody(body)) return fail("error");
    const { type, content } = body;
    const end = endOf(body);
    if (type !== "message" || !Array.isArray(content) || end === null) return fail("garbage");
    const pieces = content.map((block: unknown) => this.#block(block));
    if (!pieces.every((piece) => piece !== null)) return fail("garbage");
    return ok({ ...joinedPieces(pieces), ...end });
  }

  event(name: string, body: Members): Result<ChatPiece | null, AnswerFault> {
    const { type, message } = body;
    const isStart = type === "message_start";
    this.#note(body, isStart && isObject(message) ? message : body);
    if (name === "error" || isErrorBody(body)) return fail("error");
    if (isStart) this.#hasBegun = true;
    // Kinds of event that nobody knows yet may come as pings may, once the message has begun.
    if (typeof type !== "string" || (!this.#hasBegun && type !== "ping")) return fail("garbage");
    return this.#read(type, body);
  }

  #read(type: string, body: Members): Result<ChatPiece | null, AnswerFault> {
    switch (type) {
      case "message_start":
        return ok(nothingSaid);
      case "content_block_start":
        return orGarbage(this.#start(body));
      case "content_block_delta":
        return orGarbage(this.#delta(body));
      case "content_block_stop":
        return orGarbage(this.#stop(body["index"]));
      case "message_delta":
        return readEnd(body["delta"]);
      case "message_stop":
        this.#isClosed = true;
        return ok(null);
      default:
        return ok(null);
    }
  }

  #start({ index, content_block: block }: Members): ChatPiece | null {
    const piece = this.#block(block, isOpen);
    if (piece === null || !isObject(block) || this.#blocks.has(index)) return null;
    const [call] = piece.calls;
    const kind = block["type"] === "redacted_thinking" ? null : (block["type"] as "text" | "thinking");
    this.#blocks.set(index, call ? { index: call.index, input: block["input"], hasTold: false } : kind);
    return piece;
  }

  #delta({ index, delta }: Members): ChatPiece | null {
    const open = this.#blocks.get(index);
    if (open === undefined || !isObject(delta)) return null;
    const { type, text, thinking, partial_json: json } = delta;
    if (open === "text" && type === "text_delta" && typeof text === "string") return { ...nothingSaid, text };
    if (open === "thinking" && type === "signature_delta") return nothingSaid;
    if (open === "thinking" && type === "thinking_delta" && typeof thinking === "string")
      return { ...nothingSaid, reasoning: thinking };
    const isCall = open !== null && typeof open === "object" && type === "input_json_delta";
    if (!isCall || typeof json !== "string") return null;
    open.hasTold ||= json !== "";
    return { ...nothingSaid, calls: [goingOn(open.index, json)] };
  }

  /** What a call is given may stand in its first event as a whole, as it does where it is given nothing. */
  #stop(index: unknown): ChatPiece | null {
    const open = this.#blocks.get(index);
    if (open === undefined) return null;
    this.#blocks.delete(index);
    if (open === null || typeof open === "string" || open.hasTold) return nothingSaid;
    return { ...nothingSaid, calls: [goingOn(open.index, JSON.stringify(open.input ?? {}))] };
  }

  /** Null: what a chat has no form for. Thinking that is encrypted says nothing to anybody but its maker. */
  #block(block: unknown, isWhole = true): ChatPiece | null {
    if (!isObject(block)) return null;
    const { type, text, thinking, id, name, input } = block;
    if (type === "redacted_thinking") return nothingSaid;
    if (type === "text" && typeof text === "string") return { ...nothingSaid, text };
    if (type === "thinking" && typeof thinking === "string") return { ...nothingSaid, reasoning: thinking };
    if (type !== "tool_use" || typeof id !== "string" || typeof name !== "string") return null;
    const json = isWhole ? JSON.stringify(input ?? {}) : "";
    return { ...nothingSaid, calls: [{ index: this.#calls++, id, name, arguments: json }] };
  }

  #note(body: unknown, { usage, model, ...message }: Members): void {
    this.#usage.note(usage);
    this.#facts = {
      usage: this.#usage.total,
      model: typeof model === "string" ? model : this.#facts.model,
      callId: readCallId(message) ?? this.#facts.callId,
      body,
    };
  }
}

interface OpenCall {
  /** Among the answer's calls. */
  readonly index: number;
  /** As the block began. */
  readonly input: unknown;
  hasTold: boolean;
}

const isOpen = false;

function orGarbage(piece: ChatPiece | null): Result<ChatPiece, AnswerFault> {
  return piece === null ? fail("garbage") : ok(piece);
}

/** The delta of the whole message may come more than once, with counts alone. */
function readEnd(delta: unknown): Result<ChatPiece | null, AnswerFault> {
  if (!isObject(delta) || (delta["stop_reason"] ?? null) === null) return ok(null);
  const end = endOf(delta);
  return orGarbage(end && { ...nothingSaid, ...end });
}

function endOf({
  stop_reason: reason,
  stop_sequence: word,
}: Members): Pick<ChatPiece, "finish" | "stopWord"> | null {
  const finish = finishes.get(reason);
  if (finish === undefined) return null;
  return { finish, stopWord: reason === "stop_sequence" && typeof word === "string" ? word : null };
}

function goingOn(index: number, json: string): CallPiece {
  return { index, id: null, name: null, arguments: json };
}
