// A response asked of an engine that speaks OpenAI's chats alone. docs/api.md says what becomes of each member.
import { chatRequestOf } from "./responses-to-chat/request.ts";
import { ResponseTeller } from "./responses-to-chat/response-teller.ts";
import type { Translation } from "../translation.ts";
import { retoldAsChat } from "./retold-as-chat.ts";

export const openAiResponsesToOpenAiChat: Translation = retoldAsChat({
  from: "responses",
  request: chatRequestOf,
  teller: (members) => new ResponseTeller(members),
});
