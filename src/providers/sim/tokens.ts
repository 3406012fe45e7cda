// Stand-ins for a chat template and a tokenizer: about four characters a token, as in English.
import { hash } from "node:crypto";

/** vLLM's default block: a prefix is cached in steps of this many tokens. */
export const blockTokens = 16;

export type Tokens = readonly string[];

/** Joined, the tokens are the text again. */
export function tokenize(text: string): Tokens {
  return text.match(/\s{0,4}\S{1,4}|\s{1,4}/gu) ?? [];
}

/**
 * The prompt that a chat template makes of a request. Messages begin and end with tokens of their own, so the
 * prompt of a conversation's next turn begins with the prompt and the answer of this one.
 */
export function renderPrompt(messages: readonly unknown[], tools: unknown): Tokens {
  const parts = messages.map((message) => {
    const { role, content } = message as { role: string; content?: unknown };
    const text = typeof content === "string" ? content : JSON.stringify(message);
    return [openingToken(role), ...tokenize(text), closingToken];
  });
  const preamble = tools === undefined || tools === null ? [] : tokenize(JSON.stringify(tools));
  return [...preamble, ...parts.flat(), openingToken("assistant")];
}

/** Keys of the full blocks. Each contains its predecessor, so equal keys mean equal prefixes. */
export function blockKeys(tokens: Tokens): readonly string[] {
  const keys: string[] = [];
  let key = "";
  for (let start = 0; start + blockTokens <= tokens.length; start += blockTokens) {
    const block = JSON.stringify([key, ...tokens.slice(start, start + blockTokens)]);
    key = hash("sha256", block, "base64");
    keys.push(key);
  }
  return keys;
}

const closingToken = "<|end|>";

function openingToken(role: string): string {
  return `<|${role}|>`;
}
