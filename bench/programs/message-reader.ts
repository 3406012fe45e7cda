// The framing of HTTP/1.1 messages (RFC 9112 §6, §7.1), as little of it as upstream, pipe and load generator of a benchmark
// need of each other: whoever is measured is somebody else. What is not by length and not chunked has no body.

/** In the order in which they come; bodies without their framing. */
export interface MessageEvents {
  /** Start line and fields, each with its line end, without the empty line. */
  onHead(head: string): void;
  /** The bytes are those that were pushed, not a copy. */
  onBody(bytes: Buffer): void;
  onEnd(): void;
}

type State = "head" | "body" | "chunk-size" | "chunk" | "chunk-end" | "trailer";

export class MessageReader {
  readonly #events: MessageEvents;
  #state: State = "head";
  /** The beginning of something that has not come whole. */
  #held: Buffer | null = null;
  /** Of the body, or of the chunk. */
  #left = 0;

  constructor(events: MessageEvents) {
    this.#events = events;
  }

  push(bytes: Buffer): void {
    let rest = this.#held === null ? bytes : Buffer.concat([this.#held, bytes]);
    this.#held = null;
    while (rest.length > 0) {
      const used = this.#step(rest);
      if (used === 0) {
        this.#held = rest;
        return;
      }
      rest = rest.subarray(used);
    }
  }

  /** Returns how many bytes were used: none where more have to come first. */
  #step(rest: Buffer): number {
    switch (this.#state) {
      case "head":
        return this.#head(rest);
      case "body":
      case "chunk":
        return this.#piece(rest);
      case "chunk-size":
        return this.#line(rest, (text) => {
          this.#left = Number.parseInt(text, 16);
          this.#state = this.#left === 0 ? "trailer" : "chunk";
        });
      case "chunk-end":
        return this.#line(rest, () => {
          this.#state = "chunk-size";
        });
      case "trailer":
      default:
        return this.#line(rest, (text) => {
          if (text === "") this.#end();
        });
    }
  }

  #head(rest: Buffer): number {
    const end = rest.indexOf("\r\n\r\n");
    if (end === -1) return 0;
    const head = rest.toString("latin1", 0, end + 2);
    this.#events.onHead(head);
    if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
      this.#state = "chunk-size";
    } else {
      this.#left = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      this.#state = "body";
      if (this.#left === 0) this.#end();
    }
    return end + 4;
  }

  #piece(rest: Buffer): number {
    const length = Math.min(this.#left, rest.length);
    this.#left -= length;
    this.#events.onBody(length === rest.length ? rest : rest.subarray(0, length));
    if (this.#left === 0) {
      if (this.#state === "body") this.#end();
      else this.#state = "chunk-end";
    }
    return length;
  }

  #line(rest: Buffer, take: (text: string) => void): number {
    const end = rest.indexOf("\r\n");
    if (end === -1) return 0;
    take(rest.toString("latin1", 0, end));
    return end + 2;
  }

  #end(): void {
    this.#state = "head";
    this.#events.onEnd();
  }
}
