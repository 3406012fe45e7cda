import type { RequestHead } from "../exchange/channel.ts";
import { IncomingBody } from "./incoming-body.ts";

/** One request, from its head on. */
export class IncomingRequest {
  readonly head: RequestHead;
  readonly body: IncomingBody = new IncomingBody();
  /** Whether the caller may send another one after it, as far as it goes by its head. */
  readonly keepsAlive: boolean;

  constructor(head: RequestHead, keepsAlive: boolean) {
    this.head = head;
    // What follows a CONNECT is not ours to read: there never is a tunnel (RFC 9110 §9.3.6).
    this.keepsAlive = keepsAlive && head.method !== "CONNECT";
  }
}
