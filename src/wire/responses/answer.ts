// What an engine answers to `POST /v1/responses`. An upstream may answer anything, so nothing is assumed.
import { isObject } from "../../base/index.ts";
import { readCount } from "../openai/answer.ts";
import type { TokenUsage } from "../token-usage.ts";

export function readResponseUsage(usage: unknown): TokenUsage | null {
  if (!isObject(usage)) return null;
  const promptTokens = readCount(usage["input_tokens"]);
  if (promptTokens === null) return null;
  const details = usage["input_tokens_details"];
  return {
    promptTokens,
    completionTokens: readCount(usage["output_tokens"]) ?? 0,
    cachedTokens: isObject(details) ? readCount(details["cached_tokens"]) : null,
  };
}

/** The events after which a response says nothing more. */
export const lastEvents: readonly string[] = ["response.completed", "response.incomplete"];
