// What an answer becomes on its way to the caller, gathered so that it can be given again.
import { concatBytes, encodeUtf8 } from "../../base/index.ts";
import type { AnswerBytes } from "../../privacy/index.ts";
import type { OneAnswer, EventReceiver } from "../exchange/answer.ts";
import type { Exchange } from "../exchange/exchange.ts";

interface Collected {
  /** The answer, to be released in the place of the one that was given. */
  readonly answer: OneAnswer;
  /** To be asked once all of it was released. Null: it was more than is kept. */
  readonly bytes: () => AnswerBytes | null;
}

export function collectAnswer(exchange: Exchange, answer: OneAnswer, maxBytes: number): Collected {
  if (answer.kind === "whole") {
    const bytes = { body: answer.body, closing: new Uint8Array() };
    return { answer, bytes: () => bytes };
  }
  const { events } = answer;
  const gathered = new Gathered(exchange, maxBytes);
  const collecting = {
    tell: (receiver: EventReceiver) => events.tell(gathered.before(receiver)),
    failed: (error: unknown) => events.failed(error),
  };
  return { answer: { ...answer, events: collecting }, bytes: () => gathered.take() };
}

/** INVARIANT: counted among the bytes that all requests together hold; where there is no room, the answer is not kept. */
class Gathered {
  readonly #exchange: Exchange;
  readonly #maxBytes: number;
  #body: Uint8Array[] = [];
  #closing = "";
  #bytes = 0;
  #isTooMuch = false;

  constructor(exchange: Exchange, maxBytes: number) {
    this.#exchange = exchange;
    this.#maxBytes = maxBytes;
  }

  before(receiver: EventReceiver): EventReceiver {
    return {
      onEvents: (bytes) => {
        this.#add(bytes);
        return receiver.onEvents(bytes);
      },
      onClosing: (closing) => {
        this.#closing = closing;
        receiver.onClosing(closing);
      },
      onFailure: (error) => receiver.onFailure(error),
    };
  }

  take(): AnswerBytes | null {
    if (this.#isTooMuch) return null;
    return { body: concatBytes(this.#body), closing: encodeUtf8(this.#closing) };
  }

  #add(bytes: Uint8Array): void {
    const { bytesInFlight } = this.#exchange.cell;
    if (this.#isTooMuch) return;
    this.#bytes += bytes.length;
    if (this.#bytes > this.#maxBytes || !bytesInFlight.take(bytes.length)) {
      this.#isTooMuch = true;
      this.#body = [];
      return;
    }
    this.#exchange.onEnd(() => bytesInFlight.giveBack(bytes.length));
    this.#body.push(bytes);
  }
}
