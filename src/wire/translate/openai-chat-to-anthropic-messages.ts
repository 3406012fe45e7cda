// A chat asked of an engine that speaks Anthropic's messages. docs/api.md says what becomes of each member.
import type { Translation } from "../translation.ts";
import { MessageReader } from "./chat-to-messages/message-reader.ts";
import { messageRequestOf } from "./chat-to-messages/request.ts";
import { chatToldBy } from "./chat-told-by.ts";

export const openAiChatToAnthropicMessages: Translation = chatToldBy({
  to: "messages",
  request: messageRequestOf,
  reader: () => new MessageReader(),
});
