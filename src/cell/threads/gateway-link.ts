// Owner: the control thread. One gateway thread, as the control thread sees it.
import type { Answer, ControlPort, GatewayMessage, Order } from "./thread-messages.ts";

/** The thread has ended, so no order reaches it any more. */
class LostThreadError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "LostThreadError";
  }
}

type News = Exclude<GatewayMessage, { readonly kind: "answer" | "broken" | "drained" }>;

/** INVARIANT: an order is answered, or fails with the thread: nobody waits for one that is gone. */
export class GatewayLink {
  /** Resolves with the reason when the thread has ended unasked; never rejects. */
  readonly lost: Promise<string>;
  /** Resolves when it serves nobody any more: its port has closed, at the other end too. */
  readonly gone: Promise<void>;
  readonly #port: ControlPort;
  readonly #waiting = new Map<number, PromiseWithResolvers<Answer>>();
  readonly #lost = Promise.withResolvers<string>();
  readonly #gone = Promise.withResolvers<void>();
  #orderCount = 0;
  #hasDrained = false;
  #isOpen = true;

  constructor(port: ControlPort, onNews: (news: News) => void) {
    this.#port = port;
    this.lost = this.#lost.promise;
    this.gone = this.#gone.promise;
    port.onMessage((message) => this.#hear(message, onNews));
    port.onClosed(() => {
      this.#end("its port closed");
      this.#gone.resolve();
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Rejects when the thread ends first, or does not answer in time: then it counts as dead, and hears no more. */
  async order(order: Order, withinMs: number): Promise<Answer> {
    if (!this.#isOpen) throw new LostThreadError("the thread has ended");
    const id = this.#orderCount++;
    const waiting = Promise.withResolvers<Answer>();
    this.#waiting.set(id, waiting);
    const timer = setTimeout(() => this.#giveUp(`it did not answer \`${order.kind}\` in time`), withinMs);
    this.#port.send({ kind: "order", id, order });
    return waiting.promise.finally(() => clearTimeout(timer));
  }

  tell(message: Exclude<Parameters<ControlPort["send"]>[0], { readonly kind: "order" }>): void {
    this.#port.send(message);
  }

  close(): void {
    this.#port.close();
  }

  #hear(message: GatewayMessage, onNews: (news: News) => void): void {
    if (message.kind === "answer") {
      this.#waiting.get(message.id)?.resolve(message.answer);
      this.#waiting.delete(message.id);
    } else if (message.kind === "broken") this.#giveUp(message.reason);
    else if (message.kind === "drained") this.#hasDrained = true;
    else onNews(message);
  }

  #giveUp(reason: string): void {
    this.#end(reason);
    this.#port.close();
  }

  #end(reason: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const waiting of this.#waiting.values()) waiting.reject(new LostThreadError(reason));
    this.#waiting.clear();
    if (!this.#hasDrained) this.#lost.resolve(reason);
  }
}
