// A message asked of an engine that speaks OpenAI's chats alone. docs/api.md says what becomes of each member.
import { decodeUtf8, encodeUtf8, fail, ok } from "../../base/index.ts";
import { parseExactObject } from "../exact-json.ts";
import type { Translation } from "../translation.ts";
import { chatRequestOf } from "./messages-to-chat/request.ts";
import { MessageTeller } from "./messages-to-chat/message-teller.ts";
import { RetoldChat } from "./retold-chat.ts";
import { UntranslatableError } from "./untranslatable.ts";

export const anthropicMessagesToOpenAiChat: Translation = {
  from: "messages",
  to: "chat_completions",
  request({ body, usageWish }, model) {
    try {
      return ok(encodeUtf8(JSON.stringify(chatRequestOf(membersOf(body), model, usageWish !== null))));
    } catch (error) {
      if (error instanceof UntranslatableError) return fail(error.untranslatable);
      throw error;
    }
  },
  answer({ body }) {
    const { stop_sequences: words } = membersOf(body);
    return new RetoldChat(new MessageTeller(Array.isArray(words) ? words : []));
  },
};

/** Of a body that was scanned before. */
function membersOf(body: Uint8Array): Readonly<Record<string, unknown>> {
  return parseExactObject(decodeUtf8(body) ?? "") ?? {};
}
