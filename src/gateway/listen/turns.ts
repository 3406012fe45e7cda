// Owner: the thread whose listener it is.
// The requests of one connection, one at a time (RFC 9112 §9.3.2). Node parses whatever a read brought, 64 KiB of it, so
// that a caller who pipelines could otherwise have thousands of requests under way by one connection.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { HttpChannel } from "./http-channel.ts";

export interface Arrived {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export interface Served {
  readonly channel: HttpChannel;
  readonly exchange: { stop(reason: Error): void };
}

/** Of all connections of a listener. */
export interface Waiting {
  count: number;
}

interface Waiter {
  readonly serve: (arrived: Arrived) => Served;
  readonly onIdle: () => void;
  readonly waiting: Waiting;
}

/** Requests that wait on one connection whatever others do, and on all of a listener together. */
const maxWaiting = 16;
const maxWaitingInAll = 4_096;

export class Turns {
  readonly #socket: Socket;
  readonly #waiter: Waiter;
  readonly #queue: Arrived[] = [];
  #current: Served | null = null;
  #isBusy = false;
  #hasEnded = false;

  constructor(socket: Socket, waiter: Waiter) {
    this.#socket = socket;
    this.#waiter = waiter;
    socket.once("close", () => this.#dropAll());
    // Node reads on after each message and for each body; behind a queue that would make it longer.
    socket.on("resume", () => this.#readNoFurther());
    // Of somebody who waits for the answer, or who has left: that shows when something is written.
    socket.once("end", () => {
      this.#hasEnded = true;
      if (this.#isBusy) this.#current?.channel.soundOut();
    });
  }

  /** The request whose body is still being read; what is wrong with the connection then is wrong with it. */
  get reading(): Served | null {
    return this.#isBusy && this.#queue.length === 0 && this.#current?.channel.isReading
      ? this.#current
      : null;
  }

  take(arrived: Arrived): void {
    if (!this.#isBusy) return this.#serve(arrived);
    const { waiting } = this.#waiter;
    if (this.#queue.length >= maxWaiting && waiting.count >= maxWaitingInAll)
      return void this.#socket.destroy();
    this.#queue.push(arrived);
    waiting.count++;
    this.#readNoFurther();
  }

  #readNoFurther(): void {
    if (this.#queue.length > 0) this.#socket.pause();
  }

  #serve(arrived: Arrived): void {
    this.#isBusy = true;
    arrived.response.once("close", () => this.#next());
    this.#current = this.#waiter.serve(arrived);
    if (this.#hasEnded) this.#current.channel.soundOut();
  }

  #next(): void {
    this.#isBusy = false;
    const next = this.#queue.shift();
    if (!next) return this.#waiter.onIdle();
    this.#waiter.waiting.count--;
    if (this.#queue.length === 0) this.#socket.resume();
    this.#serve(next);
  }

  #dropAll(): void {
    this.#waiter.waiting.count -= this.#queue.length;
    this.#queue.length = 0;
  }
}
