import type { RequestHead } from "../exchange/channel.ts";
import { IncomingBody } from "./incoming-body.ts";

/** One request, from its head on. */
export class IncomingRequest {
  readonly head: RequestHead;
  readonly body: IncomingBody = new IncomingBody();
  /** Whether the caller may send another one after it. A trailer may take it back. */
  keepsAlive: boolean;

  constructor(head: RequestHead, keepsAlive: boolean) {
    this.head = head;
    // What follows a CONNECT is not ours to read: there never is a tunnel (RFC 9110 §9.3.6).
    this.keepsAlive = keepsAlive && head.method !== "CONNECT";
  }

  complete(keepsAlive: boolean): void {
    this.keepsAlive &&= keepsAlive;
    this.body.complete();
  }
}
