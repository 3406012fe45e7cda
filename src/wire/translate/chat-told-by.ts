// What is asked as a chat of an engine that speaks another dialect.
import { isObject } from "../../base/index.ts";
import type { SpokenName } from "../operation.ts";
import type { Translation } from "../translation.ts";
import { type ChatReader, ToldAsChat } from "./told-as-chat.ts";
import { type Members, membersOf, translatedBody } from "./untranslatable.ts";

interface ToldBy {
  readonly to: SpokenName;
  /** The engine's members. Throws {@link UntranslatableError}. */
  readonly request: (members: Members, model: string) => object;
  readonly reader: () => ChatReader;
}

export function chatToldBy({ to, request, reader }: ToldBy): Translation {
  return {
    from: "chat_completions",
    to,
    request: ({ body }, model) => translatedBody(() => request(membersOf(body), model)),
    answer({ body, model }) {
      const { stream_options: options } = membersOf(body);
      const tellsUsage = isObject(options) && options["include_usage"] === true;
      return new ToldAsChat(reader(), { model, tellsUsage });
    },
  };
}
