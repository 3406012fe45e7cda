import type { EndpointId } from "../base/index.ts";
import type { MessageListener, Messages } from "../websocket/index.ts";
import { NotPermittedError } from "./provider.ts";

interface Terms {
  readonly id: EndpointId;
  readonly mayGo: () => boolean;
}

/** An engine's end of a session. INVARIANT: no message is handed over unless it may go at that moment. */
export class PermittedSession implements Messages {
  readonly #messages: Messages;
  readonly #terms: Terms;

  constructor(messages: Messages, terms: Terms) {
    this.#messages = messages;
    this.#terms = terms;
  }

  listen(listener: MessageListener): void {
    this.#messages.listen(listener);
  }

  send(text: Uint8Array | string): void | Promise<void> {
    const { id, mayGo } = this.#terms;
    if (!mayGo()) throw new NotPermittedError(id);
    return this.#messages.send(text);
  }

  close(code: number, reason: string): Promise<boolean> {
    return this.#messages.close(code, reason);
  }

  destroy(): void {
    this.#messages.destroy();
  }
}
