// A chat asked of an engine that speaks Gemini's generateContent. docs/api.md says what becomes of each member.
import type { Translation } from "../translation.ts";
import { GeminiReader } from "./chat-to-gemini/gemini-reader.ts";
import { geminiRequestOf } from "./chat-to-gemini/request.ts";
import { chatToldBy } from "./chat-told-by.ts";

export const openAiChatToGeminiContent: Translation = chatToldBy({
  to: "generate_content",
  request: geminiRequestOf,
  reader: () => new GeminiReader(),
});
