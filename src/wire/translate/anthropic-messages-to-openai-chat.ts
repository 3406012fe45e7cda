// A message asked of an engine that speaks OpenAI's chats alone. docs/api.md says what becomes of each member.
import { chatRequestOf } from "./messages-to-chat/request.ts";
import { MessageTeller } from "./messages-to-chat/message-teller.ts";
import type { Translation } from "../translation.ts";
import { retoldAsChat } from "./retold-as-chat.ts";

export const anthropicMessagesToOpenAiChat: Translation = retoldAsChat({
  from: "messages",
  request: chatRequestOf,
  teller: ({ stop_sequences: words }) => new MessageTeller(Array.isArray(words) ? words : []),
});
