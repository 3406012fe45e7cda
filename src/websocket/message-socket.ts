// Owner: the session. One end of a WebSocket, as the one who holds it sees it: texts both ways, at the other's pace, and its
// end. Frames, masks, fragments, UTF-8 and the bounds on all of them are the library's (docs/decisions/0060).
import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { deadlines, type Timed } from "../clock/index.ts";
import { closeCodes } from "./close-codes.ts";

/** How it ended, unless by us. */
export type Ended =
  /** The other end said so (RFC 6455 §7.1.5). */
  | { readonly kind: "closed"; readonly code: number }
  /** The connection ended without a word. */
  | { readonly kind: "gone" }
  /** Nothing came any more, not even an answer to a ping. */
  | { readonly kind: "stalled" }
  /** What came is no WebSocket of texts, or more of it than may be. */
  | { readonly kind: "faulty" }
  /** There is no memory for the message that was coming. */
  | { readonly kind: "crowded" };

export interface MessageListener {
  /**
   * INVARIANT: nobody writes to it. Unless this returns a promise, the next may come at once; else nothing more is read until it
   * resolves, but for what has come in the same read. It throws nothing.
   */
  onMessage(text: Uint8Array): void | Promise<void>;
  /** Once, and the last that it is told; never after a `close` or `destroy` of ours. */
  onEnd(ended: Ended): void;
}

/** Who holds one end. */
export interface Messages {
  /** Called once. Until then nothing is read. */
  listen(listener: MessageListener): void;
  /** Without a promise there is room for more; else it resolves when there is, or when there never will be. */
  send(text: Uint8Array | string): void | Promise<void>;
  /** Resolves when the connection is closed, with whether the other end said that it closes too. */
  close(code: number, reason: string): Promise<boolean>;
  destroy(): void;
}

/** For messages that come in many reads, which somebody holds until they are passed on. */
export interface MessageMemory {
  /** False: there is no room for so many more. */
  take(bytes: number): boolean;
  giveBack(bytes: number): void;
}

interface MessageSocketOptions {
  readonly stallMs: number;
  readonly memory: MessageMemory;
  /** Before the payload of a control frame of the other end's: with a mask, which clients send, or without. */
  readonly controlHeaderBytes: 2 | 6;
}

/** Beyond it whoever sends waits until the other end has taken what came before; and so much of a message is nobody's concern. */
const roomBytes = 64 * 1024;

export class MessageSocket implements Messages, Timed {
  dueAtMs: number;
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  readonly #options: MessageSocketOptions;
  #listener: MessageListener | null = null;
  #isPaused = true;
  /** Messages that are not passed on yet. */
  #waiting = 0;
  /** Of the message that is coming, and what of them was taken from the memory. */
  #partBytes = 0;
  #takenBytes = 0;
  #hasEnded = false;
  #bytesRead: number;
  #heardAtMs: number;

  /** `webSocket` is open, on `socket`. */
  constructor(webSocket: WebSocket, socket: Socket, options: MessageSocketOptions) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#options = options;
    this.#bytesRead = socket.bytesRead;
    this.#heardAtMs = deadlines.after(0);
    this.dueAtMs = deadlines.after(options.stallMs / 3);
    webSocket.pause();
    // Before the library, whose messages end what is counted.
    socket.prependListener("data", (bytes: Buffer) => this.#count(bytes.length));
    webSocket.on("message", (data: Buffer, isBinary) => this.#hear(data, isBinary));
    for (const control of ["ping", "pong"] as const)
      webSocket.on(control, (data: Buffer) => this.#uncount(data.length));
    webSocket.on("error", () => this.#end({ kind: "faulty" }));
    webSocket.on("close", (code) => {
      deadlines.delete(this);
      this.#giveBack(this.#takePart());
      this.#end(code === noCloseFrame ? { kind: "gone" } : { kind: "closed", code });
    });
    deadlines.add(this);
  }

  listen(listener: MessageListener): void {
    this.#listener = listener;
    this.#resume();
  }

  send(text: Uint8Array | string): void | Promise<void> {
    let tell: (() => void) | null = null;
    this.#webSocket.send(text, asText, () => tell?.());
    if (this.#webSocket.bufferedAmount < roomBytes) return;
    return new Promise((resolve) => {
      tell = resolve;
    });
  }

  close(code: number, reason: string): Promise<boolean> {
    this.#hasEnded = true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    if (this.#webSocket.readyState === this.#webSocket.CLOSED) return Promise.resolve(false);
    this.#webSocket.once("close", (said) => resolve(said !== noCloseFrame));
    this.#webSocket.close(code, reason);
    // Its own word is read, however much comes before it; the library cuts whoever says none.
    this.#resume();
    return promise;
  }

  destroy(): void {
    this.#hasEnded = true;
    this.#webSocket.terminate();
  }

  /** A peer that is alive answers a ping (RFC 6455 §5.5.2); one that is not listened to is not blamed for it. */
  onDue(): void {
    const now = deadlines.after(0);
    const { bytesRead } = this.#socket;
    if (bytesRead !== this.#bytesRead || this.#isPaused) this.#heardAtMs = now;
    this.#bytesRead = bytesRead;
    const { stallMs } = this.#options;
    this.dueAtMs = now + stallMs / 3;
    if (this.#hasEnded) return;
    if (now - this.#heardAtMs < stallMs) return this.#webSocket.ping();
    this.#end({ kind: "stalled" });
    this.#webSocket.close(closeCodes.policyViolation, "no answer to a ping");
  }

  #hear(data: Buffer, isBinary: boolean): void {
    if (this.#hasEnded) return;
    if (!isBinary) return this.#pass(data, this.#takePart());
    this.#end({ kind: "faulty" });
    this.#webSocket.close(closeCodes.unsupportedData, "events are texts");
  }

  #pass(text: Uint8Array, taken: number): void {
    const passing = this.#listener?.onMessage(text);
    if (!passing) return this.#giveBack(taken);
    this.#isPaused = true;
    this.#webSocket.pause();
    this.#waiting++;
    void passing.then(() => {
      this.#giveBack(taken);
      this.#waiting--;
      if (this.#waiting === 0 && !this.#hasEnded) this.#resume();
    });
  }

  #resume(): void {
    this.#isPaused = false;
    this.#heardAtMs = deadlines.after(0);
    this.#webSocket.resume();
  }

  #count(bytes: number): void {
    this.#partBytes += bytes;
    const more = this.#partBytes - this.#takenBytes;
    if (this.#hasEnded || more < roomBytes) return;
    if (this.#options.memory.take(more)) {
      this.#takenBytes += more;
      return;
    }
    this.#end({ kind: "crowded" });
    this.#webSocket.close(closeCodes.tryAgainLater, "no memory for the message");
  }

  /** A control frame (RFC 6455 §5.5) is no part of a message: nobody holds it. */
  #uncount(payloadBytes: number): void {
    this.#partBytes = Math.max(0, this.#partBytes - payloadBytes - this.#options.controlHeaderBytes);
    const surplus = this.#takenBytes - this.#partBytes;
    if (surplus < roomBytes && this.#partBytes > 0) return;
    this.#takenBytes -= Math.max(0, surplus);
    this.#giveBack(surplus);
  }

  /** The message has come, or never will. */
  #takePart(): number {
    const taken = this.#takenBytes;
    this.#takenBytes = this.#partBytes = 0;
    return taken;
  }

  #giveBack(taken: number): void {
    if (taken > 0) this.#options.memory.giveBack(taken);
  }

  #end(ended: Ended): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#listener?.onEnd(ended);
  }
}

const asText = { binary: false } as const;
/** RFC 6455 §7.1.5: said by nobody. */
const noCloseFrame = 1006;
