// What is asked in another dialect of an engine that speaks OpenAI's chats alone.
import { decodeUtf8, encodeUtf8, fail, ok } from "../../base/index.ts";
import { parseExactObject } from "../exact-json.ts";
import type { EngineOperationName } from "../operation.ts";
import type { Translation } from "../translation.ts";
import { RetoldChat, type Teller } from "./retold-chat.ts";
import { type Members, UntranslatableError } from "./untranslatable.ts";

interface Retold {
  readonly from: EngineOperationName;
  /** The chat's members. Throws {@link UntranslatableError}. */
  readonly request: (members: Members, model: string, asksForUsage: boolean) => object;
  readonly teller: (members: Members) => Teller;
}

export function retoldAsChat({ from, request, teller }: Retold): Translation {
  return {
    from,
    to: "chat_completions",
    request({ body, usageWish }, model) {
      try {
        return ok([encodeUtf8(JSON.stringify(request(membersOf(body), model, usageWish !== null)))]);
      } catch (error) {
        if (error instanceof UntranslatableError) return fail(error.untranslatable);
        throw error;
      }
    },
    answer: ({ body }) => new RetoldChat(teller(membersOf(body))),
  };
}

/** Of a body that was scanned before. */
function membersOf(body: Uint8Array): Members {
  return parseExactObject(decodeUtf8(body) ?? "") ?? {};
}
