// One answer, token by token.
import type { Departure } from "../departure.ts";
import { HeldText } from "./held-text.ts";
import type { ChatHistoryItem, LlamaModel, LlamaSequence, Sampling, Token } from "./library.ts";
import type { LoadedModel } from "./model.ts";

export interface Prompt {
  readonly tokens: readonly Token[];
  /** Texts with which this model's template ends a turn, where the model has no token for it. */
  readonly stop: readonly string[];
}

export interface Generation {
  readonly prompt: Prompt;
  readonly sampling: Sampling;
  readonly maxTokens: number;
  readonly stop: readonly string[];
  readonly signal: AbortSignal;
  /** It is passed with a slot in hand, right before the slot is given the text. */
  readonly departure: Departure;
}

export type FinishReason = "stop" | "length";

/** `""` where a token gave no text yet. The finish comes last, once. */
export type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "finish"; readonly reason: FinishReason; readonly tokens: number };

/** Words of a caller that look like control tokens stay words: only the template's own become control tokens. */
export function renderPrompt(
  { model, chatWrapper }: LoadedModel,
  history: readonly ChatHistoryItem[],
): Prompt {
  const { contextText, stopGenerationTriggers } = chatWrapper.generateContextState({ chatHistory: history });
  return {
    tokens: contextText.tokenize(model.tokenizer),
    stop: stopGenerationTriggers
      .filter(({ values }) => values.every((value) => typeof value === "string"))
      .map(({ values }) => values.join("")),
  };
}

// Few enough that a caller who leaves during a long prompt is noticed soon; one batch of llama.cpp.
const promptBlockTokens = 512;

/**
 * Waits for a slot, then yields the answer as it comes. INVARIANT: when this has ended, by whatever way, nothing of
 * the text is left in the slot. The next caller may be another tenant, to whom reuse would show what this one asked.
 */
export async function* generate(
  { model, slots }: LoadedModel,
  { prompt, sampling, maxTokens, stop, signal, departure }: Generation,
): AsyncGenerator<Piece, void> {
  const held = new HeldText([...prompt.stop, ...stop]);
  const decoder = new TokenDecoder(model, prompt.tokens);
  let tokens = 0;
  const slot = await slots.acquire(signal);
  try {
    // The caller may have left since the slot was handed over.
    signal.throwIfAborted();
    departure.leave();
    await readPrompt(slot, prompt.tokens.slice(0, -1), signal);
    for await (const token of slot.evaluate(prompt.tokens.slice(-1), sampling)) {
      signal.throwIfAborted();
      tokens += 1;
      yield { kind: "text", text: held.push(decoder.push(token)) };
      if (held.isStopped || tokens >= maxTokens) break;
    }
    yield { kind: "text", text: held.push(decoder.end()) + held.end() };
    yield { kind: "finish", reason: tokens >= maxTokens && !held.isStopped ? "length" : "stop", tokens };
  } finally {
    // A slot that could not be wiped is never released: what is left in it would be the next caller's to see.
    await slot.clearHistory();
    slots.release(slot);
  }
}

async function readPrompt(slot: LlamaSequence, tokens: readonly Token[], signal: AbortSignal): Promise<void> {
  for (let at = 0; at < tokens.length; at += promptBlockTokens) {
    signal.throwIfAborted();
    await slot.evaluateWithoutGeneratingNewTokens(tokens.slice(at, at + promptBlockTokens));
  }
  signal.throwIfAborted();
}

/** A character may be spread over up to four byte tokens; it is given out once it is whole. */
class TokenDecoder {
  readonly #model: LlamaModel;
  #before: readonly Token[];
  #pending: Token[] = [];

  constructor(model: LlamaModel, before: readonly Token[]) {
    this.#model = model;
    this.#before = before.slice(-contextOfSpacing);
  }

  push(token: Token): string {
    this.#pending.push(token);
    const text = this.#model.detokenize(this.#pending, false, this.#before);
    return text.endsWith("\uFFFD") && this.#pending.length < 4 ? "" : this.#take(text);
  }

  end(): string {
    return this.#pending.length === 0
      ? ""
      : this.#take(this.#model.detokenize(this.#pending, false, this.#before));
  }

  #take(text: string): string {
    this.#before = [...this.#before, ...this.#pending].slice(-contextOfSpacing);
    this.#pending = [];
    return text;
  }
}

const contextOfSpacing = 4;
