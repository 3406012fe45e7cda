// A chat asked of an engine that speaks Bedrock's Converse. docs/api.md says what becomes of each member.
import type { Translation } from "../translation.ts";
import { ConverseReader } from "./chat-to-converse/converse-reader.ts";
import { converseRequestOf } from "./chat-to-converse/request.ts";
import { chatToldBy } from "./chat-told-by.ts";

export const openAiChatToBedrockConverse: Translation = chatToldBy({
  to: "converse",
  request: converseRequestOf,
  reader: () => new ConverseReader(),
});
