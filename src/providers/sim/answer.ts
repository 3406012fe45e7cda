// What a simulated engine says: who it is, then maxims. The same prompt always gets the same answer.
import { hash } from "node:crypto";
import { tokenize, type Tokens } from "./tokens.ts";

export interface AnswerLimits {
  readonly minTokens: number;
  /** Null: as long as it takes. */
  readonly maxTokens: number | null;
  /** Goes on until `maxTokens`. */
  readonly ignoresEnd: boolean;
  /** The answer ends before the first of these. */
  readonly stop: readonly string[];
}

export interface Answer {
  readonly tokens: Tokens;
  readonly finishReason: "stop" | "length";
}

const maximsUnlessAsked = 3;

export function composeAnswer(introduction: string, prompt: Tokens, limits: AnswerLimits): Answer {
  const wanted = limits.ignoresEnd ? (limits.maxTokens ?? 0) : limits.minTokens;
  const tokens = [...tokenize(`${introduction} Your prompt has ${prompt.length} tokens.`)];
  const first = Number.parseInt(hash("sha256", prompt.join("")).slice(0, 8), 16);
  for (let count = 0; count < maximsUnlessAsked || tokens.length < wanted; count++) {
    tokens.push(...tokenize(` ${maxims[(first + count) % maxims.length]}`));
  }
  return cut(tokens, limits);
}

function cut(tokens: Tokens, { maxTokens, stop }: AnswerLimits): Answer {
  const limited = tokens.slice(0, maxTokens ?? tokens.length);
  const text = limited.join("");
  const stops = stop.map((word) => text.indexOf(word)).filter((index) => index !== -1);
  if (stops.length > 0) return { tokens: tokenize(text.slice(0, Math.min(...stops))), finishReason: "stop" };
  return { tokens: limited, finishReason: limited.length < tokens.length ? "length" : "stop" };
}

const maxims = [
  "The law of the place governs the act.",
  "No one can transfer more than they have.",
  "Where there is a right, there is a remedy.",
  "An agreement binds those who made it.",
  "No one may judge their own cause.",
  "The other side must be heard.",
  "What is not proven is not.",
  "A later law repeals an earlier one.",
] as const;
