// What is asked in another dialect of an engine that speaks OpenAI's chats alone.
import type { EngineOperationName } from "../operation.ts";
import type { Translation } from "../translation.ts";
import { RetoldChat, type Teller } from "./retold-chat.ts";
import { type Members, membersOf, translatedBody } from "./untranslatable.ts";

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
    request: ({ body, usageWish }, model) =>
      translatedBody(() => request(membersOf(body), model, usageWish !== null)),
    answer: ({ body }) => new RetoldChat(teller(membersOf(body))),
  };
}
