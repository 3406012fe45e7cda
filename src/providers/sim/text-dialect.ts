// Completions of a text, whole and in chunks, as vLLM writes them; of one prompt at a time.
import { formatSseData } from "../../wire/index.ts";
import { asksForUsage, chatDialect } from "./chat-dialect.ts";
import {
  type Completion,
  type Members,
  type SimulatedDialect,
  type SimulatedEvent,
  usageOf,
} from "./dialect.ts";
import { tokenize, type Tokens } from "./tokens.ts";

export const textDialect: SimulatedDialect = {
  ...chatDialect,
  operation: "completions",
  idPrefix: "cmpl-",
  prompt: ({ prompt }) => readPrompt(prompt),
  maxTokens: ({ max_tokens: value }) => ({ name: "max_tokens", value }),
  whole: formatText,
  events: textChunks,
};

/** Tokens that came as numbers are tokens too. */
export function readPrompt(prompt: unknown): Tokens | null {
  if (typeof prompt === "string") return tokenize(prompt);
  if (!Array.isArray(prompt)) return null;
  if (prompt.every((each) => typeof each === "number")) return prompt.map(String);
  return prompt.length === 1 ? readPrompt(prompt[0]) : null;
}

function formatText(completion: Completion): string {
  const { answer } = completion;
  const choice = {
    index: 0,
    text: answer.tokens.join(""),
    logprobs: null,
    finish_reason: answer.finishReason,
  };
  return JSON.stringify({ ...headOf(completion), choices: [choice], usage: usageOf(completion) });
}

function* textChunks(completion: Completion, members: Members): Generator<SimulatedEvent, void> {
  const { tokens, finishReason } = completion.answer;
  const head = headOf(completion);
  const said = tokens.length === 0 ? [""] : tokens;
  for (const [index, text] of said.entries()) {
    const finish = index === said.length - 1 ? finishReason : null;
    const choices = [{ index: 0, text, logprobs: null, finish_reason: finish }];
    yield { text: formatSseData(JSON.stringify({ ...head, choices })), isToken: tokens.length > 0 };
  }
  if (!asksForUsage(members)) return;
  const text = formatSseData(JSON.stringify({ ...head, choices: [], usage: usageOf(completion) }));
  yield { text, isToken: false };
}

function headOf({ id, model, createdS }: Completion): object {
  return { id, object: "text_completion", created: createdS, model };
}
