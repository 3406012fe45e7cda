// What Cohere's `/v2/chat` answers, whole or in events, in pieces of a chat (docs.cohere.com/reference/chat,
// /docs/streaming, /docs/tool-use-streaming). Citations have no form in a chat, and are left out.
import { fail, isObject, ok, type Result } from "../../../base/index.ts";
import { readCallId, readCount } from "../../openai/answer.ts";
import type { CallPiece, ChatFinish, ChatPiece } from "../../openai/chat-piece.ts";
import type { TokenUsage } from "../../token-usage.ts";
import { type AnswerFacts, type AnswerFault, noFacts } from "../../translation.ts";
import { type ChatReader, joinedPieces, nothingSaid } from "../told-as-chat.ts";
import type { Members } from "../untranslatable.ts";

/** Closed, with {@link failures} (ibid., ChatFinishReason). */
const finishes: ReadonlyMap<unknown, ChatFinish> = new Map([
  ["COMPLETE", "stop"],
  ["STOP_SEQUENCE", "stop"],
  ["MAX_TOKENS", "length"],
  ["TOOL_CALL", "tool_calls"],
]);

/** At which the engine has failed, and the status that it would have said so by. */
const failures: ReadonlyMap<unknown, number> = new Map([
  ["ERROR", 500],
  ["TIMEOUT", 504],
]);

export class CohereReader implements ChatReader {
  /** By the index of their event. */
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
    this.#note(body, body["usage"]);
    const { finish_reason: reason, message } = body;
    // An error has its sentence there, and an id.
    if (typeof message === "string") return fail("error");
    const finish = this.#finish(reason, null);
    if (!finish.ok) return finish;
    const pieces = isObject(message) ? this.#message(message) : null;
    return pieces === null ? fail("garbage") : ok({ ...joinedPieces(pieces), finish: finish.value });
  }

  event(_name: string, body: Members): Result<ChatPiece | null, AnswerFault> {
    const { type, index } = body;
    const delta = isObject(body["delta"]) ? body["delta"] : {};
    this.#note(body, delta["usage"]);
    if (type === undefined && typeof body["message"] === "string") return fail("error");
    if (type === "message-start") this.#hasBegun = true;
    if (!this.#hasBegun) return fail("garbage");
    if (type === "message-end") return this.#end(delta);
    const said = isObject(delta["message"]) ? delta["message"] : {};
    const piece = this.#read(type, index, said);
    return piece === "garbage" ? fail(piece) : ok(piece);
  }

  #end({ finish_reason: reason, error }: Members): Result<ChatPiece, AnswerFault> {
    const finish = this.#finish(reason, error);
    if (!finish.ok) return finish;
    this.#isClosed = true;
    return ok({ ...nothingSaid, finish: finish.value });
  }

  #finish(reason: unknown, message: unknown): Result<ChatFinish, AnswerFault> {
    const status = failures.get(reason);
    if (status !== undefined) {
      this.#facts = { ...this.#facts, body: { error: { status, message } } };
      return fail("error");
    }
    const finish = finishes.get(reason);
    return finish === undefined ? fail("garbage") : ok(finish);
  }

  #read(type: unknown, index: unknown, said: Members): ChatPiece | null | "garbage" {
    if (type === "message-start") return nothingSaid;
    if (type === "content-start" || type === "content-delta") return block(said["content"]) ?? "garbage";
    if (type === "tool-plan-delta") return plan(said["tool_plan"]) ?? "garbage";
    if (type === "tool-call-start") return this.#start(index, said["tool_calls"]) ?? "garbage";
    if (type === "tool-call-delta") return this.#goOn(index, said["tool_calls"]) ?? "garbage";
    return type === "tool-call-end" ? this.#stop(index) : null;
  }

  #start(index: unknown, call: unknown): ChatPiece | null {
    const piece = this.#call(call, "");
    const [{ index: at, arguments: json } = { index: 0, arguments: "" }] = piece?.calls ?? [];
    if (piece) this.#open.set(index, { index: at, hasTold: json !== "" });
    return piece;
  }

  #goOn(index: unknown, call: unknown): ChatPiece | null {
    const open = this.#open.get(index);
    const json = isObject(call) && isObject(call["function"]) ? call["function"]["arguments"] : null;
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

  #message({ content, tool_plan: planned, tool_calls: calls }: Members): readonly ChatPiece[] | null {
    const [blocks, called] = [content ?? [], calls ?? []];
    if (!Array.isArray(blocks) || !Array.isArray(called)) return null;
    const pieces = [
      plan(planned ?? ""),
      ...blocks.map((each: unknown) => block(each)),
      ...called.map((each: unknown) => this.#call(each, "{}")),
    ];
    return pieces.every((piece) => piece !== null) ? pieces : null;
  }

  /** `nothing`: for no arguments, which are no JSON. */
  #call(call: unknown, nothing: string): ChatPiece | null {
    if (!isObject(call) || !isObject(call["function"])) return null;
    const { id } = call;
    const { name, arguments: json } = call["function"];
    if (typeof id !== "string" || typeof name !== "string" || typeof json !== "string") return null;
    return { ...nothingSaid, calls: [{ index: this.#calls++, id, name, arguments: json || nothing }] };
  }

  #note(body: Members, usage: unknown): void {
    this.#facts = {
      ...this.#facts,
      usage: readUsage(usage) ?? this.#facts.usage,
      callId: readCallId(body) ?? this.#facts.callId,
      body,
    };
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

/** A piece of a block names its kind by its member alone. */
function block(content: unknown): ChatPiece | null {
  if (!isObject(content)) return null;
  const { text = "", thinking = "" } = content;
  if (typeof text !== "string" || typeof thinking !== "string") return null;
  return { ...nothingSaid, text, reasoning: thinking };
}

/** What it means to do with its tools is thought, and no part of what it says. */
function plan(planned: unknown): ChatPiece | null {
  return typeof planned === "string" ? { ...nothingSaid, reasoning: planned } : null;
}

/**
 * `tokens` is all that was read and written, of which `billed_units` leaves out what Cohere itself says to its model; what was
 * cached is a part of the first.
 */
function readUsage(usage: unknown): TokenUsage | null {
  if (!isObject(usage)) return null;
  const { tokens, billed_units: billed, cached_tokens: cached } = usage;
  const counts = isObject(tokens) ? tokens : billed;
  const promptTokens = isObject(counts) ? readCount(counts["input_tokens"]) : null;
  if (!isObject(counts) || promptTokens === null) return null;
  return {
    promptTokens,
    completionTokens: readCount(counts["output_tokens"]) ?? 0,
    cachedTokens: isObject(tokens) ? readCount(cached) : null,
  };
}
