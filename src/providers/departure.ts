import type { EndpointId } from "../base/index.ts";
import { NotPermittedError, type UpstreamCall, UpstreamError } from "./provider.ts";

type Leaving = Pick<UpstreamCall, "mayGo" | "onFirstByte">;

/**
 * The moment at which one call's request leaves this process. INVARIANT: it is passed once at most, so a client
 * library that would repeat a POST of its own cannot, and nothing is written before it is passed.
 */
export class Departure {
  readonly #id: EndpointId;
  readonly #call: Leaving;
  #hasLeft: boolean = false;

  constructor(id: EndpointId, call: Leaving) {
    this.#id = id;
    this.#call = call;
  }

  /** Whether somebody may have got the request; false for good once the call has failed without it. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** Called in the same turn as the first write, and right before it. Throws: then nothing may be written. */
  leave(): void {
    if (this.#hasLeft) throw new UpstreamError("unreachable");
    if (!this.#call.mayGo()) throw new NotPermittedError(this.#id);
    this.#hasLeft = true;
    this.#call.onFirstByte();
  }
}
