import { CallSocket, type Terms } from "./call-socket.ts";
import type { Dial } from "./dial.ts";
import type { Holder, OpenCall } from "./open-call.ts";

/** What has been idle for longer may have been ended meanwhile, without us knowing yet. */
const surelyOpenMs = 250;

interface PoolOptions {
  readonly dial: Dial;
  readonly maxSockets: number;
  readonly terms: Terms;
}

/**
 * The connections to one origin. INVARIANT: never more than `maxSockets` are made while so many are open; calls beyond
 * wait, and are served in their order.
 */
export class SocketPool implements Holder {
  readonly #dial: Dial;
  readonly #terms: Terms;
  #maxSockets: number;
  readonly #waiting: Set<OpenCall> = new Set();
  readonly #open: Set<CallSocket> = new Set();
  /** Part of the open ones. */
  readonly #connecting: Set<CallSocket> = new Set();
  /** The one that was used last is last: it is used next, and those that are not needed end. */
  readonly #idle: CallSocket[] = [];
  /** Their answers have ended in this turn of the loop, and in the one before. See {@link #settleLater}. */
  #ended: CallSocket[] = [];
  #settling: CallSocket[] = [];
  #isServing = false;
  #isClosed = false;
  #whenDrained: (() => void)[] = [];

  constructor({ dial, maxSockets, terms }: PoolOptions) {
    this.#dial = dial;
    this.#terms = terms;
    this.#maxSockets = maxSockets;
  }

  /** It is served, or ends as unreachable, when this turn's work is done. */
  add(call: OpenCall): void {
    call.heldBy(this);
    this.#waiting.add(call);
    if (this.#isServing) return;
    this.#isServing = true;
    queueMicrotask(() => {
      this.#isServing = false;
      if (this.#isClosed) this.#failWaiting();
      else this.#serve();
    });
  }

  abandon(call: OpenCall): void {
    this.#waiting.delete(call);
    this.#endWhenDrained();
  }

  /** Of fewer, those in use end with their calls. */
  resize(maxSockets: number): void {
    this.#maxSockets = maxSockets;
    this.#trim();
    this.#serve();
  }

  /** Resolves when no call waits or is under way any more, and all is closed. */
  drain(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whenDrained.push(resolve);
    this.#endWhenDrained();
    return promise;
  }

  close(): void {
    this.#isClosed = true;
    this.#failWaiting();
    for (const socket of this.#open) socket.close();
    for (const resolve of this.#whenDrained.splice(0)) resolve();
  }

  #failWaiting(): void {
    for (const call of this.#waiting) call.fail("unreachable");
    this.#waiting.clear();
  }

  made(socket: CallSocket): void {
    this.#connecting.delete(socket);
    this.#idle.push(socket);
    this.#serve();
  }

  free(socket: CallSocket): void {
    // One that had to show first what it runs.
    this.#connecting.delete(socket);
    this.#settleLater(socket);
    this.#endWhenDrained();
  }

  gone(socket: CallSocket, cause: string | null): void {
    this.#open.delete(socket);
    this.#connecting.delete(socket);
    remove(this.#idle, socket);
    // One call for each that could not be made, unless another one is on its way to it.
    const [first] = this.#waiting;
    if (cause !== null && first && this.#waiting.size > this.#coming()) {
      this.#waiting.delete(first);
      first.fail("unreachable", cause);
    }
    this.#serve();
  }

  /**
   * A server may end the connection right after its answer, or say more than that. So it is used again only after the loop
   * has looked at all sockets once more: what has arrived by then closes it.
   */
  #settleLater(socket: CallSocket): void {
    this.#ended.push(socket);
    if (this.#ended.length + this.#settling.length === 1) setImmediate(() => this.#settle());
  }

  /** Between two turns of these the loop looks at all sockets, and each connection waits for two. */
  #settle(): void {
    const settled = this.#settling;
    this.#settling = this.#ended;
    this.#ended = [];
    if (this.#settling.length > 0) setImmediate(() => this.#settle());
    this.#idle.push(...settled.filter(({ isClosed }) => !isClosed));
    this.#trim();
    this.#serve();
  }

  #trim(): void {
    if (this.#open.size <= this.#maxSockets) return;
    let open = 0;
    for (const { isClosed } of this.#open) if (!isClosed) open++;
    const surplus = Math.max(0, open - this.#maxSockets);
    for (const socket of this.#idle.splice(0, surplus)) socket.close();
  }

  #serve(hasLooked = false): void {
    for (const call of this.#waiting) {
      const socket = this.#freshest();
      if (!socket) break;
      if (!hasLooked && socket.idleMs > surelyOpenMs) {
        setImmediate(() => this.#serve(true));
        return;
      }
      this.#waiting.delete(call);
      // Of one that may not go, nothing was written.
      if (socket.take(call)) remove(this.#idle, socket);
    }
    this.#connect();
    this.#endWhenDrained();
  }

  #freshest(): CallSocket | undefined {
    for (let last = this.#idle.at(-1); last?.isUsable === false; last = this.#idle.at(-1)) {
      this.#idle.pop();
      last.close();
    }
    return this.#idle.at(-1);
  }

  #connect(): void {
    if (this.#isClosed) return;
    while (this.#waiting.size > this.#coming() && this.#open.size < this.#maxSockets) {
      const socket = new CallSocket(this, this.#dial, this.#terms);
      this.#open.add(socket);
      this.#connecting.add(socket);
    }
  }

  /** How many will be free without a call having to end first. */
  #coming(): number {
    return this.#connecting.size + this.#ended.length + this.#settling.length;
  }

  #endWhenDrained(): void {
    if (this.#whenDrained.length === 0 || this.#waiting.size > 0) return;
    for (const { isBusy } of this.#open) if (isBusy) return;
    this.close();
  }
}

function remove(sockets: CallSocket[], socket: CallSocket): void {
  const at = sockets.lastIndexOf(socket);
  if (at !== -1) sockets.splice(at, 1);
}
