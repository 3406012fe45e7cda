// Owner: each end belongs to one thread. The way between two threads, whose messages are plain data. Beside it there is flat memory
// that all share: of limits (gateway/limits/limit-memory.ts), and of the ledger's clients (store/thread/client-words.ts).

/** One end. Messages arrive in the order in which they were sent, and in a turn of their own. */
export interface Port<Sent, Received> {
  /** Throws for what cannot be copied. What the other end does not live to read is lost. */
  send(message: Sent): void;
  onMessage(listener: (message: Received) => void): void;
  /** Either end has closed: nothing comes any more. */
  onClosed(listener: () => void): void;
  close(): void;
}

/** Both ends in one thread. Each message is copied as between threads, so nothing that cannot be shared slips through. */
export function inProcessPorts<ToRight, ToLeft>(): readonly [Port<ToRight, ToLeft>, Port<ToLeft, ToRight>] {
  const left = new End<ToLeft>();
  const right = new End<ToRight>();
  return [portOf(left, right), portOf(right, left)];
}

/** What one side hears. */
class End<Message> {
  #onMessage: (message: Message) => void = () => undefined;
  #onClosed: () => void = () => undefined;
  #isOpen = true;

  listen(listener: (message: Message) => void): void {
    this.#onMessage = listener;
  }

  listenForEnd(listener: () => void): void {
    this.#onClosed = listener;
  }

  receive(message: Message): void {
    const copy = structuredClone(message);
    queueMicrotask(() => {
      if (this.#isOpen) this.#onMessage(copy);
    });
  }

  /** After the messages that are on their way. */
  end(): void {
    queueMicrotask(() => {
      if (!this.#isOpen) return;
      this.#isOpen = false;
      this.#onClosed();
    });
  }
}

function portOf<Sent, Received>(own: End<Received>, other: End<Sent>): Port<Sent, Received> {
  let isOpen = true;
  return {
    send(message) {
      if (isOpen) other.receive(message);
    },
    onMessage: (listener) => own.listen(listener),
    onClosed: (listener) => own.listenForEnd(listener),
    close() {
      isOpen = false;
      other.end();
      own.end();
    },
  };
}
