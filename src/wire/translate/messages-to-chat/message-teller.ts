// A chat's answer as a message: its content in blocks, one after the other (platform.claude.com/docs/en/build-with-claude/streaming).
import type { CallPiece, ChatFinish, ChatPiece } from "../../openai/chat-piece.ts";
import { parseExactObject } from "../../exact-json.ts";
import { formatSseEvent } from "../../sse.ts";
import type { AnswerFacts } from "../../translation.ts";
import type { TokenUsage } from "../../token-usage.ts";
import type { Teller } from "../retold-chat.ts";

const stopReasons: Readonly<Record<ChatFinish, string>> = {
  stop: "end_turn",
  length: "max_tokens",
  tool_calls: "tool_use",
  function_call: "tool_use",
  content_filter: "refusal",
};

export class MessageTeller implements Teller {
  readonly #stopWords: readonly unknown[];
  /** The block that is open: `thinking`, `text`, or a call by its index. */
  #open: string | number | null = null;
  #blocks = 0;
  #hasBegun = false;
  #hasCalled = false;
  #finish: ChatFinish = "stop";
  #stopWord: string | null = null;
  #isRefused = false;

  /** `stopWords`: those that the caller asked for. */
  constructor(stopWords: readonly unknown[]) {
    this.#stopWords = stopWords;
  }

  whole(piece: ChatPiece, facts: AnswerFacts): object | null {
    const calls = piece.calls.map(toolUse);
    if (!calls.every((call) => call !== null)) return null;
    this.#note(piece);
    return {
      ...headOf(facts),
      content: [
        ...(piece.reasoning === "" ? [] : [{ type: "thinking", thinking: piece.reasoning, signature: "" }]),
        ...(saidIn(piece) === "" ? [] : [{ type: "text", text: saidIn(piece) }]),
        ...calls,
      ],
      ...this.#stop(),
      usage: usageOf(facts.usage),
    };
  }

  piece(piece: ChatPiece, facts: AnswerFacts): readonly string[] | null {
    this.#note(piece);
    const events: string[] = [];
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      const message = { ...headOf(facts), content: [], ...nothingStopped, usage: usageOf(null) };
      events.push(eventOf("message_start", { message }));
    }
    if (piece.reasoning !== "") {
      events.push(...this.#openBlock("thinking", { type: "thinking", thinking: "", signature: "" }));
      events.push(this.#delta({ type: "thinking_delta", thinking: piece.reasoning }));
    }
    if (saidIn(piece) !== "") {
      events.push(...this.#openBlock("text", { type: "text", text: "" }));
      events.push(this.#delta({ type: "text_delta", text: saidIn(piece) }));
    }
    for (const call of piece.calls) {
      const told = this.#call(call);
      if (told === null) return null;
      events.push(...told);
    }
    return events;
  }

  /** The delta of the whole message comes once, when its counts are known. */
  end({ usage }: AnswerFacts): readonly string[] {
    return [
      ...this.#closeBlock(),
      eventOf("message_delta", { delta: this.#stop(), usage: usageOf(usage) }),
      eventOf("message_stop", {}),
    ];
  }

  #note({ calls, finish, stopWord, refusal }: ChatPiece): void {
    this.#hasCalled ||= calls.length > 0;
    this.#isRefused ||= refusal !== "";
    this.#finish = finish ?? this.#finish;
    this.#stopWord = stopWord ?? this.#stopWord;
  }

  /** Some engines say `stop` of an answer that calls tools. */
  #stop(): { readonly stop_reason: string; readonly stop_sequence: string | null } {
    const finish = this.#finish;
    if (this.#isRefused) return { stop_reason: "refusal", stop_sequence: null };
    if (finish === "stop" && this.#hasCalled) return { stop_reason: "tool_use", stop_sequence: null };
    if (finish === "stop" && this.#stopWords.includes(this.#stopWord))
      return { stop_reason: "stop_sequence", stop_sequence: this.#stopWord };
    return { stop_reason: stopReasons[finish], stop_sequence: null };
  }

  /** A call's name and id come with its first piece. Calls that come by turns have no form here. */
  #call({ index, id, name, arguments: json }: CallPiece): readonly string[] | null {
    const events: string[] = [];
    if (this.#open !== index) {
      if (id === null || name === null) return null;
      events.push(...this.#openBlock(index, { type: "tool_use", id, name, input: {} }));
    }
    if (json !== "") events.push(this.#delta({ type: "input_json_delta", partial_json: json }));
    return events;
  }

  #openBlock(which: string | number, block: object): readonly string[] {
    if (this.#open === which) return [];
    const events = [...this.#closeBlock()];
    this.#open = which;
    this.#blocks++;
    return [...events, eventOf("content_block_start", { index: this.#blocks - 1, content_block: block })];
  }

  #closeBlock(): readonly string[] {
    if (this.#open === null) return [];
    this.#open = null;
    return [eventOf("content_block_stop", { index: this.#blocks - 1 })];
  }

  #delta(delta: object): string {
    return eventOf("content_block_delta", { index: this.#blocks - 1, delta });
  }
}

const nothingStopped = { stop_reason: null, stop_sequence: null };

/** What the model refuses with is text too. */
function saidIn({ text, refusal }: ChatPiece): string {
  return text + refusal;
}

function headOf({ callId, model }: AnswerFacts): object {
  return { id: callId ?? "msg_unnamed", type: "message", role: "assistant", model: model ?? "" };
}

/** What was read from a cache is no part of `input_tokens` here. */
function usageOf(usage: TokenUsage | null): object {
  const { promptTokens = 0, completionTokens = 0, cachedTokens = null } = usage ?? {};
  const cached = Math.min(cachedTokens ?? 0, promptTokens);
  return {
    input_tokens: promptTokens - cached,
    ...(cachedTokens === null ? {} : { cache_read_input_tokens: cached }),
    output_tokens: completionTokens,
  };
}

function toolUse({ id, name, arguments: json }: CallPiece): object | null {
  const input = json === "" ? {} : parseExactObject(json);
  return id === null || name === null || input === null ? null : { type: "tool_use", id, name, input };
}

function eventOf(type: string, members: object): string {
  return formatSseEvent(type, JSON.stringify({ type, ...members }));
}
