// What an engine answers to `POST /v1/messages`. An upstream may answer anything, so nothing is assumed.
import { isObject } from "../../base/index.ts";
import { readCount } from "../openai/answer.ts";
import type { TokenUsage } from "../token-usage.ts";

/** The counts of a message so far. They are totals that come again and again, and are never added. */
export class MessageUsage {
  readonly #counts = new Map<string, number>();

  note(usage: unknown): void {
    if (!isObject(usage)) return;
    for (const name of countNames) {
      const count = readCount(usage[name]);
      // A total does not shrink: a server that says 0, or nothing, of what it has told takes nothing back.
      if (count !== null) this.#counts.set(name, Math.max(count, this.#counts.get(name) ?? 0));
    }
  }

  /** Null before any came. What was read from a cache, or into one, is no part of `input_tokens` there. */
  get total(): TokenUsage | null {
    if (this.#counts.size === 0) return null;
    const of = (name: (typeof countNames)[number]): number => this.#counts.get(name) ?? 0;
    return {
      promptTokens: of("input_tokens") + of("cache_read_input_tokens") + of("cache_creation_input_tokens"),
      completionTokens: of("output_tokens"),
      cachedTokens: this.#counts.get("cache_read_input_tokens") ?? null,
    };
  }
}

const countNames = [
  "input_tokens",
  "cache_read_input_tokens",
  "cache_creation_input_tokens",
  "output_tokens",
] as const;

/** `{"type":"error","error":…}`, or the error of a server of another dialect. */
export function isErrorBody(body: Readonly<Record<string, unknown>>): boolean {
  return body["type"] === "error" || (body["error"] !== undefined && body["error"] !== null);
}
