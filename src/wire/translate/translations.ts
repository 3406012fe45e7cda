// Every pair of operations that a caller and an engine may speak.
import type { EngineOperationName } from "../operation.ts";
import type { Translation } from "../translation.ts";
import { openAiChatToOpenAiChat } from "./openai-chat-to-openai-chat.ts";

export const translations: readonly Translation[] = [openAiChatToOpenAiChat];

/** Null where the engine's operation cannot answer the caller's. */
export function translationFor(from: EngineOperationName, to: EngineOperationName): Translation | null {
  return translations.find((translation) => translation.from === from && translation.to === to) ?? null;
}
