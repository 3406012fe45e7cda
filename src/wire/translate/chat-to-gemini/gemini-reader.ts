// What Gemini's generateContent answers, whole or in events of `alt=sse`, in pieces of a chat. An event has the form of a whole
// answer, its parts go on where the last one's ended, and the stream has no closing event (ai.google.dev/api/generate-content).
import { fail, isObject, ok, type Result } from "../../../base/index.ts";
import { readCallId, readCount } from "../../openai/answer.ts";
import type { ChatFinish, ChatPiece } from "../../openai/chat-piece.ts";
import type { TokenUsage } from "../../token-usage.ts";
import { type AnswerFacts, type AnswerFault, noFacts } from "../../translation.ts";
import { type ChatReader, joinedPieces, nothingSaid } from "../told-as-chat.ts";
import type { Members } from "../untranslatable.ts";

/** Closed. Not there: `OTHER`, `MALFORMED_FUNCTION_CALL` and their like, at which the model has failed. */
const finishes: ReadonlyMap<unknown, ChatFinish> = new Map([
  ["STOP", "stop"],
  ["MAX_TOKENS", "length"],
  ["SAFETY", "content_filter"],
  ["RECITATION", "content_filter"],
  ["BLOCKLIST", "content_filter"],
  ["PROHIBITED_CONTENT", "content_filter"],
  ["SPII", "content_filter"],
]);

const failures: readonly unknown[] = [
  "OTHER",
  "LANGUAGE",
  "MALFORMED_FUNCTION_CALL",
  "UNEXPECTED_TOOL_CALL",
  "TOO_MANY_TOOL_CALLS",
  "FINISH_REASON_UNSPECIFIED",
];

export class GeminiReader implements ChatReader {
  readonly isClosed = false;
  #calls = 0;
  #facts: AnswerFacts = noFacts;

  get facts(): AnswerFacts {
    return this.#facts;
  }

  whole(body: Members): Result<ChatPiece, AnswerFault> {
    const piece = this.#answer(body);
    return piece.ok && piece.value.finish === null ? fail("garbage") : piece;
  }

  event(_name: string, body: Members): Result<ChatPiece, AnswerFault> {
    return this.#answer(body);
  }

  #answer(body: Members): Result<ChatPiece, AnswerFault> {
    this.#note(body);
    if (isObject(body["error"])) return fail("error");
    const { candidates = [], promptFeedback } = body;
    const blocked = isObject(promptFeedback) ? (promptFeedback["blockReason"] ?? null) : null;
    if (blocked !== null) return this.#refused(blocked);
    if (!Array.isArray(candidates)) return fail("garbage");
    const [candidate]: readonly unknown[] = candidates;
    // One that holds counts alone.
    if (candidate === undefined) return isObject(body["usageMetadata"]) ? ok(nothingSaid) : fail("garbage");
    return isObject(candidate) ? this.#candidate(candidate) : fail("garbage");
  }

  /** What a prompt is refused for is the caller's matter, as it is where a server of chats refuses it. */
  #refused(reason: unknown): Result<never, AnswerFault> {
    const word = typeof reason === "string" && /^[A-Z_]{1,64}$/.test(reason) ? reason : "…";
    const message = `the model's provider refused the prompt: ${word}`;
    this.#facts = { ...this.#facts, body: { error: { status: 400, code: "content_filter", message } } };
    return fail("error");
  }

  #candidate({ content, finishReason: reason = null }: Members): Result<ChatPiece, AnswerFault> {
    if (failures.includes(reason)) return fail("error");
    const finish = reason === null ? null : finishes.get(reason);
    const parts = isObject(content) ? (content["parts"] ?? []) : [];
    if (finish === undefined || !Array.isArray(parts)) return fail("garbage");
    const pieces = parts.map((part: unknown) => this.#part(part));
    if (!pieces.every((piece) => piece !== null)) return fail("garbage");
    const called = finish === "stop" && this.#calls > 0 ? "tool_calls" : finish;
    return ok({ ...joinedPieces(pieces), finish: called });
  }

  /** Null: what a chat has no form for, such as code that the provider ran. */
  #part(part: unknown): ChatPiece | null {
    if (!isObject(part)) return null;
    const { text, thought, functionCall: call, thoughtSignature: signature } = part;
    if (isObject(call)) return this.#call(call, signature);
    if (typeof text === "string")
      return thought === true ? { ...nothingSaid, reasoning: text } : { ...nothingSaid, text };
    return typeof signature === "string" && Object.keys(part).length === 1 ? nothingSaid : null;
  }

  /** Older models give a call no id, and a chat needs one that no other turn's call has. */
  #call({ id, name, args }: Members, signature: unknown): ChatPiece | null {
    if (typeof name !== "string") return null;
    const index = this.#calls++;
    const called =
      typeof id === "string" && id !== "" ? id : `call_${this.#facts.callId ?? "unnamed"}_${index}`;
    const call = { index, id: called, name, arguments: JSON.stringify(args ?? {}) };
    const extra = { google: { thought_signature: signature } };
    return { ...nothingSaid, calls: [typeof signature === "string" ? { ...call, extra } : call] };
  }

  #note(body: Members): void {
    const { usageMetadata: usage, modelVersion: model, responseId: id } = body;
    this.#facts = {
      usage: readUsage(usage) ?? this.#facts.usage,
      model: typeof model === "string" ? model : this.#facts.model,
      callId: readCallId({ id }) ?? this.#facts.callId,
      body,
    };
  }
}

/** Totals so far. Thoughts are no part of the candidates' tokens, nor is what a tool's use added of the prompt's. */
function readUsage(usage: unknown): TokenUsage | null {
  if (!isObject(usage)) return null;
  const prompt = readCount(usage["promptTokenCount"]);
  if (prompt === null) return null;
  const of = (name: string): number => readCount(usage[name]) ?? 0;
  return {
    promptTokens: prompt + of("toolUsePromptTokenCount"),
    completionTokens: of("candidatesTokenCount") + of("thoughtsTokenCount"),
    cachedTokens: readCount(usage["cachedContentTokenCount"]),
  };
}
