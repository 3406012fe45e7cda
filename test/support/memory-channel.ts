// A way into the pipeline without a socket, as a line of a batch or a call of the guard has one.
import { encodeUtf8 } from "../../src/base/index.ts";
import type { Channel, EventSink, RequestHead, WholeAnswer } from "../../src/gateway/exchange/channel.ts";

export interface MemoryRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Keeps what it is answered. */
export class MemoryChannel implements Channel {
  readonly head: RequestHead;
  status: number | null = null;
  headers: Readonly<Record<string, string>> = {};
  text = "";
  /** How many times it was handed events. */
  writes = 0;
  hasEnded = false;
  readonly isCrowded = false;
  readonly #body: Uint8Array;
  #leave: () => void = () => undefined;

  constructor({ method, target, headers, body }: MemoryRequest) {
    this.#body = encodeUtf8(body);
    const all = { "content-length": String(this.#body.length), ...headers };
    this.head = {
      method,
      target,
      httpVersion: null,
      rawHeaders: Object.entries(all).flat(),
      headers: all,
      peerAddress: null,
      certificate: null,
    };
  }

  get hasBegun(): boolean {
    return this.status !== null;
  }

  async body(): Promise<Uint8Array> {
    return this.#body;
  }

  async answer({ status, headers, body }: WholeAnswer): Promise<boolean> {
    Object.assign(this, { status, headers, hasEnded: true });
    this.text = Buffer.from(body).toString();
    return true;
  }

  events({ headers }: { readonly headers: Readonly<Record<string, string>> }): EventSink {
    Object.assign(this, { status: 200, headers });
    return {
      write: async (event) => {
        this.writes++;
        this.text += Buffer.from(event).toString();
      },
      end: async (event) => this.#end(event),
    };
  }

  async breakOff(event: string): Promise<boolean> {
    return this.#end(event);
  }

  destroy(): void {
    this.hasEnded = true;
  }

  whenGone(listener: () => void): void {
    this.#leave = listener;
  }

  /** As a caller does who hangs up. */
  leave(): void {
    this.#leave();
  }

  #end(event: string): boolean {
    this.text += event;
    this.hasEnded = true;
    return true;
  }
}
