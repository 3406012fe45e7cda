// Members of a chat that other dialects have no words for, with values by which nothing is asked: clients send defaults.
import { isObject } from "../../../base/index.ts";
import type { Members } from "../untranslatable.ts";

type IsNeutral = (value: unknown) => boolean;

const neutral: Readonly<Record<string, IsNeutral>> = {
  n: (value) => value === 1,
  logprobs: (value) => value === false,
  top_logprobs: (value) => value === 0,
  presence_penalty: (value) => value === 0,
  frequency_penalty: (value) => value === 0,
  logit_bias: (value) => isObject(value) && Object.keys(value).length === 0,
  modalities: (value) => JSON.stringify(value) === '["text"]',
  verbosity: (value) => value === "medium",
  metadata: (value) => isObject(value) && Object.keys(value).length === 0,
  // Nothing is kept by an engine that has no store.
  store: (value) => value === false,
  // Only help an engine to keep a prompt at hand; no answer hangs on them. What keeps it longer is an exit of the operation.
  prompt_cache_key: () => true,
  prompt_cache_retention: (value) => value === "in_memory" || value === "in-memory",
};

/** All others. */
export function withoutNeutral(members: Members): Members {
  return Object.fromEntries(
    Object.entries(members).filter(
      ([name, value]) => !(Object.hasOwn(neutral, name) && neutral[name]?.(value)),
    ),
  );
}
