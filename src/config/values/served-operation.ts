/**
 * The operations that an endpoint may answer itself. The wire room knows how; `src/providers/serves.test.ts` holds both lists
 * together.
 */
export const servedOperations = [
  "chat_completions",
  "completions",
  "embeddings",
  "responses",
  "messages",
  "count_tokens",
  "rerank",
  "moderations",
  "audio_transcriptions",
  "audio_translations",
  "audio_speech",
  "image_generations",
  "image_edits",
  "image_variations",
  "realtime",
] as const;

export type ServedOperation = (typeof servedOperations)[number];
