// An operation that an engine answers as another one by way of a chat: the request is made one for a chat and then one for the
// engine, and the answer goes the same way back.
import { concatBytes, encodeUtf8, fail, ok, type Result } from "../../base/index.ts";
import { chatCompletions } from "../openai/chat.ts";
import { type RequestView, unspoken } from "../operation.ts";
import { type SseEvent, SseParser } from "../sse.ts";
import type {
  AnswerFacts,
  AnswerFault,
  AnswerTranslator,
  Translation,
  Untranslatable,
} from "../translation.ts";

interface Ways {
  readonly toChat: Translation;
  readonly fromChat: Translation;
  /** What a chat's members are called in the caller's operation. Positions inside them differ, and are not told. */
  readonly names: Readonly<Record<string, string>>;
}

export function byWayOfChat({ toChat, fromChat, names }: Ways): Translation {
  return {
    from: toChat.from,
    to: fromChat.to,
    request(view, model) {
      const chat = chatOf(toChat, view);
      if (!chat.ok) return chat;
      const made = fromChat.request(chat.value, model);
      return made.ok ? made : fail(renamed(made.error, names));
    },
    answer(view) {
      const chat = chatOf(toChat, view);
      // The request was made of it before.
      if (!chat.ok) throw new TypeError(`a request that is no chat was sent: \`${chat.error.param}\``);
      return new AnswerByWayOfChat(fromChat.answer(chat.value), toChat.answer(view));
    },
  };
}

/** The chat's counts are needed on the way back, whoever asked for them. */
function chatOf(toChat: Translation, view: RequestView): Result<RequestView, Untranslatable> {
  const usageWish = view.wantsEvents ? unspoken : null;
  const body = toChat.request({ ...view, usageWish }, view.model ?? "");
  if (!body.ok) return body;
  const chat = chatCompletions.read(concatBytes(body.value));
  return chat.ok ? chat : fail({ param: chat.error.param ?? "", message: chat.error.message });
}

function renamed({ param, message }: Untranslatable, names: Ways["names"]): Untranslatable {
  const [member = ""] = param.split(/[.[]/);
  const name = names[member];
  if (name === undefined) return { param, message };
  return { param: name, message: message.replace(`\`${param}\``, () => `\`${name}\``) };
}

class AnswerByWayOfChat implements AnswerTranslator {
  readonly #told: AnswerTranslator;
  readonly #retold: AnswerTranslator;
  readonly #parser = new SseParser(Number.POSITIVE_INFINITY);

  /** `told`: as a chat; `retold`: to the caller. */
  constructor(told: AnswerTranslator, retold: AnswerTranslator) {
    this.#told = told;
    this.#retold = retold;
  }

  get facts(): AnswerFacts {
    return this.#told.facts;
  }

  get isClosed(): boolean {
    return this.#told.isClosed;
  }

  whole(bytes: Uint8Array): Result<Uint8Array, AnswerFault> {
    const chat = this.#told.whole(bytes);
    return chat.ok ? this.#retold.whole(chat.value) : chat;
  }

  push(event: SseEvent): Result<string, AnswerFault> {
    const chunks = this.#told.push(event);
    return chunks.ok ? this.#retell(chunks.value) : chunks;
  }

  end(): Result<string, "broken"> {
    const closing = this.#told.end();
    const last = closing.ok ? this.#retell(closing.value) : closing;
    if (!last.ok) return fail("broken");
    const end = this.#retold.end();
    return end.ok ? ok(last.value + end.value) : end;
  }

  #retell(chunks: string): Result<string, AnswerFault> {
    const events = this.#parser.push(encodeUtf8(chunks));
    if (!events.ok) return fail("garbage");
    let text = "";
    for (const event of events.value) {
      const told = this.#retold.push(event);
      if (!told.ok) return told;
      text += told.value;
    }
    return ok(text);
  }
}
