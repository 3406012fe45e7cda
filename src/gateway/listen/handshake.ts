// Owner: the thread whose listener it came by. A connection that is not one yet: the other end has to show that it speaks TLS.
import type { Socket } from "node:net";
import type { Held } from "./connections.ts";
import { never } from "./pass-timer.ts";

export class Handshake implements Held {
  dueAt: number;
  readonly #socket: Socket;

  constructor(socket: Socket, dueAt: number) {
    this.#socket = socket;
    this.dueAt = dueAt;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  retire(): void {
    this.destroy();
  }

  onDue(): void {
    this.dueAt = never;
    this.destroy();
  }
}
