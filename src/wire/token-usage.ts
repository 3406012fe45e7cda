/** What an engine says that it read and wrote. */
export interface TokenUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Part of `promptTokens`; null when the engine does not say. */
  readonly cachedTokens: number | null;
}
