// What differs between the operations by which a simulated engine is asked to write: how it reads a request, and how it
// words its answer.
import type { EngineOperationName } from "../../wire/index.ts";
import type { Answer } from "./answer.ts";
import type { VllmError } from "./vllm-error.ts";
import type { Tokens } from "./tokens.ts";

export interface Completion {
  /** As its operation writes ids. */
  readonly id: string;
  readonly model: string;
  /** Seconds since the epoch. */
  readonly createdS: number;
  readonly prompt: Tokens;
  readonly cachedTokens: number;
  readonly answer: Answer;
}

/** The parsed members of a request that is sound as far as its operation's reader looks; the rest is unchecked. */
export type Members = Readonly<Record<string, unknown>>;

export interface SimulatedEvent {
  /** Framed. */
  readonly text: string;
  /** Stands for one token of the answer, and so takes the time of one. */
  readonly isToken: boolean;
}

export interface SimulatedDialect {
  readonly operation: EngineOperationName;
  readonly idPrefix: string;
  /** Null for one that this engine does not take. */
  prompt(members: Members): Tokens | null;
  /** The member that bounds the answer, with its value. */
  maxTokens(members: Members): { readonly name: string; readonly value: unknown };
  stop(members: Members): { readonly name: string; readonly value: unknown };
  whole(completion: Completion): string;
  /** All but the closing one. `members`: the request's. */
  events(completion: Completion, members: Members): Iterable<SimulatedEvent>;
  /** The stream's last event, framed; empty where the others end it. */
  readonly closing: string;
  formatError(error: VllmError): string;
  formatErrorEvent(error: VllmError): string;
}

export function usageOf({ prompt, cachedTokens, answer }: Completion): object {
  return {
    prompt_tokens: prompt.length,
    total_tokens: prompt.length + answer.tokens.length,
    completion_tokens: answer.tokens.length,
    prompt_tokens_details: { cached_tokens: cachedTokens },
  };
}
