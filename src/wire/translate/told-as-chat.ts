// An answer of an engine of another dialect, told as a chat completion: a reader finds what it says, and the chat's words
// are found here once and for all (developers.openai.com/api/reference/resources/chat).
import { decodeUtf8, encodeUtf8, fail, isObject, ok, parseJson, type Result } from "../../base/index.ts";
import type { CallPiece, ChatPiece } from "../openai/chat-piece.ts";
import { formatSseData, type SseEvent } from "../sse.ts";
import type { TokenUsage } from "../token-usage.ts";
import type { AnswerFacts, AnswerFault, AnswerTranslator } from "../translation.ts";
import type { Members } from "./untranslatable.ts";

/** Owner: one answer. A fault: what came is none of the dialect's, or what a chat has no form for. */
export interface ChatReader {
  /** A whole answer. INVARIANT: it has an end. */
  whole(body: Members): Result<ChatPiece, AnswerFault>;
  /** One event. Null: it says nothing. The first that is not null begins the answer. */
  event(name: string, body: Members): Result<ChatPiece | null, AnswerFault>;
  /** The engine's last event was seen. */
  readonly isClosed: boolean;
  readonly facts: AnswerFacts;
}

interface Asked {
  /** Is told where the engine names none. */
  readonly model: string | null;
  /** The caller asked for the counts of its stream. */
  readonly tellsUsage: boolean;
}

export const nothingSaid: ChatPiece = {
  reasoning: "",
  text: "",
  refusal: "",
  calls: [],
  finish: null,
  stopWord: null,
};

/** One after the other, which all go on. */
export function joinedPieces(pieces: readonly ChatPiece[]): ChatPiece {
  return {
    ...nothingSaid,
    text: pieces.map(({ text }) => text).join(""),
    reasoning: pieces.map(({ reasoning }) => reasoning).join(""),
    calls: pieces.flatMap(({ calls }) => calls),
  };
}

export class ToldAsChat implements AnswerTranslator {
  readonly #reader: ChatReader;
  readonly #asked: Asked;
  #hasBegun = false;
  #hasEnded = false;

  constructor(reader: ChatReader, asked: Asked) {
    this.#reader = reader;
    this.#asked = asked;
  }

  get facts(): AnswerFacts {
    return this.#reader.facts;
  }

  get isClosed(): boolean {
    return this.#reader.isClosed;
  }

  whole(bytes: Uint8Array): Result<Uint8Array, AnswerFault> {
    const body = parseJson(decodeUtf8(bytes) ?? "");
    const piece = isObject(body) ? this.#reader.whole(body) : fail<AnswerFault>("garbage");
    if (!piece.ok) return piece;
    const { finish, stopWord } = piece.value;
    const choice = { index: 0, message: messageOf(piece.value), logprobs: null, ...endOf(finish, stopWord) };
    const usage = usageOf(this.facts.usage);
    const told = {
      ...this.#head("chat.completion"),
      choices: [choice],
      ...(usage === null ? {} : { usage }),
    };
    return ok(encodeUtf8(JSON.stringify(told)));
  }

  push({ name, data }: SseEvent): Result<string, AnswerFault> {
    if (this.isClosed) return ok("");
    const body = parseJson(data);
    const piece = isObject(body) ? this.#reader.event(name, body) : fail<AnswerFault>("garbage");
    if (!piece.ok) return piece;
    return ok(piece.value === null ? "" : this.#chunks(piece.value));
  }

  /** An engine that ends cleanly after it said why it ended has said all. */
  end(): Result<string, "broken"> {
    if (!this.#hasEnded) return fail("broken");
    const usage = this.#asked.tellsUsage ? usageOf(this.facts.usage) : null;
    const counts = usage === null ? "" : this.#chunk({ choices: [], usage });
    return ok(counts + formatSseData("[DONE]"));
  }

  /** The role comes first, and the end once, before the counts. */
  #chunks({ finish, stopWord, ...said }: ChatPiece): string {
    const chunks: string[] = [];
    if (!this.#hasBegun) chunks.push(this.#choice({ role: "assistant", content: "" }));
    this.#hasBegun = true;
    const delta = deltaOf(said);
    if (Object.keys(delta).length > 0) chunks.push(this.#choice(delta));
    if (finish !== null && !this.#hasEnded) {
      this.#hasEnded = true;
      chunks.push(this.#choice({}, endOf(finish, stopWord)));
    }
    return chunks.join("");
  }

  #choice(delta: object, end: object = { finish_reason: null }): string {
    return this.#chunk({ choices: [{ index: 0, delta, logprobs: null, ...end }] });
  }

  #chunk(members: object): string {
    return formatSseData(JSON.stringify({ ...this.#head("chat.completion.chunk"), ...members }));
  }

  /** When it was made is told by no other dialect, and a chat must say something. */
  #head(object: string): object {
    const { callId, model } = this.facts;
    return { id: callId ?? "chatcmpl-unnamed", object, created: 0, model: model ?? this.#asked.model ?? "" };
  }
}

type Said = Pick<ChatPiece, "reasoning" | "text" | "refusal" | "calls">;

function messageOf({ reasoning, text, refusal, calls }: Said): object {
  return {
    role: "assistant",
    content: text === "" && (calls.length > 0 || refusal !== "") ? null : text,
    refusal: refusal === "" ? null : refusal,
    ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map((call) => toolCall(call)) }),
  };
}

function deltaOf({ reasoning, text, refusal, calls }: Said): object {
  return {
    ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
    ...(text === "" ? {} : { content: text }),
    ...(refusal === "" ? {} : { refusal }),
    ...(calls.length === 0
      ? {}
      : { tool_calls: calls.map((call) => ({ index: call.index, ...toolCall(call) })) }),
  };
}

/** One that goes on is known by its index. */
function toolCall({ id, name, arguments: json, extra }: CallPiece): object {
  if (id === null) return { function: { arguments: json } };
  const called = { id, type: "function", function: { name, arguments: json } };
  return extra === undefined ? called : { ...called, extra_content: extra };
}

/** The word at which it stopped is told as vLLM tells it. */
function endOf(finish: string | null, stopWord: string | null): object {
  return { finish_reason: finish, ...(stopWord === null ? {} : { stop_reason: stopWord }) };
}

function usageOf(usage: TokenUsage | null): object | null {
  if (usage === null) return null;
  const { promptTokens, completionTokens, cachedTokens } = usage;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    ...(cachedTokens === null ? {} : { prompt_tokens_details: { cached_tokens: cachedTokens } }),
  };
}
