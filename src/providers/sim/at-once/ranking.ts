// The order of documents, as vLLM writes it: by how many of the query's words they hold, so that a test can foresee it.
import { isObject, ok } from "../../../base/index.ts";
import { wrong } from "../completion-request.ts";
import type { Members } from "../dialect.ts";
import { tokenize, type Tokens } from "../tokens.ts";
import type { AtOnceDialect } from "./at-once.ts";

export const rankingDialect: AtOnceDialect = {
  operation: "rerank",
  read(members) {
    const { documents, top_n: most } = members;
    const texts = (Array.isArray(documents) ? documents : []).map(textOf);
    if (most !== undefined && most !== null && !Number.isInteger(most)) return wrong("top_n");
    const wanted = Number(most ?? 0) > 0 ? Number(most) : texts.length;
    const query = textOf(members["query"]);
    const prompt = texts.flatMap((text): Tokens => [...tokenize(query), ...tokenize(text)]);
    return ok({
      prompt,
      format: ({ id, model }) =>
        JSON.stringify({
          id: `rerank-${id}`,
          model,
          usage: { prompt_tokens: prompt.length, total_tokens: prompt.length },
          results: ranked(query, texts).slice(0, wanted),
        }),
    });
  },
};

function ranked(query: string, texts: readonly string[]): readonly object[] {
  const words = new Set(wordsOf(query));
  const scored = texts.map((text, index) => {
    const known = wordsOf(text).filter((word) => words.has(word)).length;
    return { index, document: { text }, relevance_score: known / Math.max(1, words.size) };
  });
  return scored.toSorted((left, right) => right.relevance_score - left.relevance_score);
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/\p{L}+/gu) ?? [];
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  const { text }: Members = isObject(value) ? value : {};
  return typeof text === "string" ? text : JSON.stringify(value);
}
