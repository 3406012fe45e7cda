// A chat asked of an engine that speaks Cohere's `/v2/chat`. docs/api.md says what becomes of each member.
import type { Translation } from "../translation.ts";
import { CohereReader } from "./chat-to-cohere/cohere-reader.ts";
import { cohereRequestOf } from "./chat-to-cohere/request.ts";
import { chatToldBy } from "./chat-told-by.ts";

export const openAiChatToCohereChat: Translation = chatToldBy({
  to: "cohere_chat",
  request: cohereRequestOf,
  reader: () => new CohereReader(),
});
