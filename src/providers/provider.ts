import type { EndpointId, Place } from "../base/index.ts";
import type { EvidenceClass } from "../law/index.ts";

/** How one endpoint is reached. Addresses and secrets stay in this room; others name endpoints by id. */
export interface EndpointAddress {
  readonly id: EndpointId;
  /** Names a row of `engines`. */
  readonly engine: string;
  /** Base URL without `/v1`; null for an engine inside this process. */
  readonly url: string | null;
  /** Sent as a bearer token; null when the engine wants none. */
  readonly apiKey: string | null;
  /** For an engine inside this process: the file that holds the model's weights. */
  readonly modelFile: string | null;
  readonly computes: readonly Place[];
}

/** One call to one endpoint: a POST whose body is JSON in the engine's dialect. */
export interface UpstreamCall {
  readonly path: "/v1/chat/completions";
  readonly body: Uint8Array;
  readonly isStream: boolean;
  readonly requestId: string;
  /** Of the transfer that the call is; for a peer, which records the other half of it, and for nobody else. */
  readonly transferId?: string | null;
  /** Aborted when the caller leaves or the deadline passes; the engine must stop working on the answer. */
  readonly signal: AbortSignal;
  /** Until the response headers. */
  readonly headersTimeoutMs: number;
  /** Between two chunks of the body. */
  readonly idleTimeoutMs: number;
}

export interface UpstreamAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Ends, or throws {@link UpstreamError} when the answer breaks off. Read at the reader's pace. Leaving the loop
   * early cancels the call, and so does the call's signal; an answer that is not read needs one of them.
   */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Where the answer was computed, as far as this answer shows. */
export interface Evidence {
  readonly evidenceClass: EvidenceClass;
  /** Empty: the answer names no place (E0, E1). */
  readonly places: readonly Place[];
  /** The header or member that it was read from, as a fixed word; never a value from upstream. */
  readonly source: string;
  /**
   * The answer shows that the endpoint passed the request on to another host, without saying where that is: a
   * violation whatever the permit holds. False where the places speak for themselves.
   */
  readonly isElsewhere: boolean;
}

/** One kind of upstream: how it is called and what its answers prove. */
export interface Engine {
  readonly name: string;
  open(address: EndpointAddress): EngineConnection;
  /** `body` is the parsed answer or last chunk, null when there is none. Unreadable evidence is E0, never a guess. */
  evidence(address: EndpointAddress, headers: Readonly<Record<string, string>>, body: unknown): Evidence;
}

export interface EngineConnection {
  /** Opens a connection or uses an open one. Only `send` in this room calls it, with a permit in hand. */
  call(call: UpstreamCall): Promise<UpstreamAnswer>;
  /** Whether the engine answers at all; never sends anything of a caller's. */
  probe(signal: AbortSignal): Promise<boolean>;
  close(): Promise<void>;
}

export type UpstreamFailure =
  /** No answer began: name unknown, refused, or reset before the headers; the engine may have seen the request. */
  | "unreachable"
  /** No headers in time. */
  | "headers_timeout"
  /** No chunk in time. */
  | "stalled"
  /** The connection broke while the answer was under way. */
  | "broken"
  /** The caller's signal. */
  | "aborted"
  /** What came is not HTTP, not JSON, or not the dialect. */
  | "garbage";

export class UpstreamError extends Error {
  readonly failure: UpstreamFailure;

  constructor(failure: UpstreamFailure, options?: ErrorOptions) {
    super(`upstream: ${failure}`, options);
    this.name = "UpstreamError";
    this.failure = failure;
  }
}
