import { isObject, ok } from "../../../base/index.ts";
import { readCount } from "../../openai/answer.ts";
import { renamedBody } from "../../renamed-body.ts";
import type { TokenUsage } from "../../token-usage.ts";
import type { Translation } from "../../translation.ts";
import { SameObject } from "./same-object.ts";

export const rerankToRerank: Translation = {
  from: "rerank",
  to: "rerank",
  request: (view, model) => ok(renamedBody(view, model)),
  answer: () => new SameObject({ isAnswer: isRanking, usageOf }),
};

function isRanking({ results }: Readonly<Record<string, unknown>>): boolean {
  return Array.isArray(results) && results.every(isScore);
}

function isScore(result: unknown): boolean {
  return (
    isObject(result) && readCount(result["index"]) !== null && typeof result["relevance_score"] === "number"
  );
}

/** Jina and older vLLM name the sum alone, which is what was read; Cohere counts under `meta`, where it counts tokens at all. */
function usageOf({ usage, meta }: Readonly<Record<string, unknown>>): TokenUsage | null {
  const tokens = isObject(meta) ? meta["tokens"] : null;
  const counts = isObject(usage) ? [usage["prompt_tokens"], usage["total_tokens"]] : [];
  const read = [...counts, isObject(tokens) ? tokens["input_tokens"] : null].map(readCount);
  const promptTokens = read.find((count) => count !== null) ?? null;
  return promptTokens === null ? null : { promptTokens, completionTokens: 0, cachedTokens: null };
}
