import type { EndpointId, Place } from "../base/index.ts";
import type { AttestationTerms, EngineName, EvidenceClass } from "../law/index.ts";
import type { MessageMemory, Messages } from "../websocket/index.ts";
import type { EngineOperationName, SpokenName } from "../wire/index.ts";

/** How one endpoint is reached. Addresses and secrets stay in this room; others name endpoints by id. */
export interface EndpointAddress {
  readonly id: EndpointId;
  /** Names a row of `engines`. */
  readonly engine: string;
  /** Base URL without `/v1`; null for an engine inside this process. */
  readonly url: string | null;
  /** Sent as a bearer token, or what the engine makes of it; null when it wants none. May be a credential file, as JSON. */
  readonly apiKey: string | null;
  /** Where a test plays who gives tokens; else the engine knows, and nobody else says it. */
  readonly tokenUrl?: string;
  /** Where a test plays who says over which regions a model spreads; else the engine knows, and nobody else says it. */
  readonly controlUrl?: string;
  /** For an engine inside this process: the file that holds the model's weights. */
  readonly modelFile: string | null;
  readonly computes: readonly Place[];
  /** The provider's label for where it computes; none for an endpoint that says itself where it is. */
  readonly region?: string | null;
  /** How it is called where it is more than a base URL and a key. */
  readonly calling?: Calling;
  /** What it has to show before anything of a caller's goes there; left out: nothing. */
  readonly attestation?: AttestationTerms;
}

/** INVARIANT: plain data, which is compared as a whole: an endpoint with another header is another connection. */
export interface Calling {
  /** Of chat completions. */
  readonly path: string | null;
  /** What it answers in the caller's own dialect; null where that is what its engine's servers mostly do. */
  readonly serves: readonly EngineOperationName[] | null;
  readonly healthPath: string | null;
  /** Lower-case names; their secrets are resolved. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** PEM. */
  readonly ca: string | null;
  readonly client: { readonly certificate: string; readonly key: string } | null;
}

/** Where an engine is asked. */
export interface Target {
  /** Under the base URL, with a slash at its beginning, perhaps with a query. `{model}` in it stands for the call's model. */
  readonly path: string;
  /** Of a stream, where that is another one. */
  readonly streamPath?: string;
}

/** By what an endpoint speaks; what has no row here is not asked of it. */
export type Serves = Readonly<Partial<Record<SpokenName, Target>>>;

/** One call to one endpoint: a POST whose body is in the engine's dialect. */
export interface UpstreamCall {
  /** As which it is asked, perhaps after a translation. */
  readonly operation: SpokenName;
  /** The name by which the engine knows the model; it is in the body too, where the dialect has it there. */
  readonly model: string;
  /** In pieces, which follow one another. INVARIANT: nobody writes to them before the call is over. */
  readonly body: readonly Uint8Array[];
  readonly isStream: boolean;
  /** Of the body. */
  readonly contentType: string;
  /** Of the answer. */
  readonly accept: string;
  readonly requestId: string;
  /** The id of the transfer that this call is. Only a peer is told it, and records the other half under it. */
  readonly transferId?: string | null;
  /** How long the response headers may take to come. */
  readonly headersTimeoutMs: number;
  /** How long the body may pause between two chunks. */
  readonly idleTimeoutMs: number;
  /** How much an engine may hold of an event of a stream that has not come whole. */
  readonly maxEventBytes: number;
  /**
   * Is asked when the connection is made, in the turn that hands it head and body, and right before them. False:
   * nothing is written, and the call ends with {@link NotPermittedError}. What the law takes back while the bytes
   * are under way is cut by {@link CallUnderWay.cancel}.
   */
  mayGo(): boolean;
  /** Called once, right before the first byte is handed over: from here on somebody may have got the request. */
  onFirstByte(): void;
}

/** A session with one endpoint, over a WebSocket. Its handshake carries nothing of a caller's; what follows it does. */
export interface SessionCall extends Pick<
  UpstreamCall,
  | "operation"
  | "model"
  | "requestId"
  | "transferId"
  | "headersTimeoutMs"
  | "maxEventBytes"
  | "mayGo"
  | "onFirstByte"
> {
  /** How long the engine may show no sign of life. */
  readonly stallMs: number;
  readonly memory: MessageMemory;
  /** Gives the handshake up. */
  readonly signal: AbortSignal;
}

export type SessionAnswer =
  | { readonly kind: "open"; readonly headers: AnswerHeaders; readonly session: Messages }
  /** By an answer of HTTP instead. */
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly headers: AnswerHeaders;
      readonly body: Uint8Array;
    };

/** Lower-case names. */
export type AnswerHeaders = Readonly<Record<string, string>>;

/**
 * Who is told of an answer, as it comes. INVARIANT: the head comes first and once, then bytes, then the end; a failure may
 * come at any time, and is the last. Nothing is told before `call` has returned, nor after the call was cancelled. It throws
 * nothing.
 */
export interface AnswerReceiver {
  /** `identity`: a word for how the other end of this very connection has proved that it is the operator's own; null where it has not. */
  onHead(status: number, headers: AnswerHeaders, identity?: string | null): void;
  /** All that one read brought. INVARIANT: they are overwritten when this has returned. */
  onBytes(bytes: Uint8Array): void;
  onEnd(): void;
  /** {@link UpstreamError}, or {@link NotPermittedError}. */
  onFailure(error: Error): void;
}

/** One call and its answer. Each may be called at any time, also after the end. */
export interface CallUnderWay {
  /** The receiver takes no more for now: nothing more is read. What was read, the end and a failure are told all the same. */
  pause(): void;
  resume(): void;
  /** The receiver is told nothing more, and the engine must stop working on the answer. */
  cancel(): void;
}

/** Where the answer was computed, as far as this answer shows. */
export interface Evidence {
  readonly evidenceClass: EvidenceClass;
  /** Empty: the answer names no place (E0, E1). */
  readonly places: readonly Place[];
  /**
   * The header or member that it was read from, as a fixed word; never a value from upstream. `none`: this part of the
   * answer says nothing, and takes nothing back of what an earlier one has said.
   */
  readonly source: string;
  /** The id by which the provider knows this call; null where the answer names none that is a token. */
  readonly callId: string | null;
  /**
   * The answer shows that the endpoint passed the request on to another host, without saying where that is: a
   * violation whatever the permit holds. False where the places speak for themselves.
   */
  readonly isElsewhere: boolean;
}

export const noEvidence: Evidence = {
  evidenceClass: "E0",
  places: [],
  source: "none",
  callId: null,
  isElsewhere: false,
};

/** One kind of upstream: how it is called and what its answers prove. */
export interface Engine {
  readonly name: EngineName;
  /** What its servers answer themselves, unless the endpoint says otherwise. */
  readonly speaks: readonly SpokenName[];
  /** Which of them the model of this name is asked in, where that is not the same for all. */
  readonly speaksFor?: (address: EndpointAddress, model: string) => readonly SpokenName[];
  /** Where it answers them, of those that are not where its dialect has them. */
  readonly paths?: Readonly<Partial<Record<SpokenName, string | StreamedElsewhere>>>;
  /** What is wrong with how it would be called, beyond what a policy's checks see; null for nothing. It tells no secret. */
  fault?(address: EndpointAddress): string | null;
  /** Throws for an address with a fault. Never has more connections open at once than `maxConnections`; calls beyond wait for one. */
  open(address: EndpointAddress, maxConnections: number): EngineConnection;
  /** `body` is the parsed answer or last chunk, null when there is none. Unreadable evidence is E0, never a guess. */
  evidence(address: EndpointAddress, headers: AnswerHeaders, body: unknown): Evidence;
}

export interface StreamedElsewhere {
  readonly whole: string;
  readonly stream: string;
}

export interface EngineConnection {
  /** Opens a connection or uses an open one. Only `send` in this room calls it, with a permit in hand. */
  call(call: UpstreamCall, receiver: AnswerReceiver): CallUnderWay;
  /**
   * Only `connect` in this room calls it, with a permit in hand. Rejects with {@link UpstreamError},
   * {@link NotPermittedError}, or what `signal` was aborted for. Left out where the engine has no sessions.
   */
  connect?(call: SessionCall): Promise<SessionAnswer>;
  /** Whether the engine answers at all; never sends anything of a caller's. */
  probe(signal: AbortSignal): Promise<boolean>;
  /** Whether nobody answers there at all. A server that is unwell, or has no such path, does. */
  isSilent(signal: AbortSignal): Promise<boolean>;
  /** Bounds its connections anew; calls under way end on those that they have. Where it has none to bound, there is none. */
  resize?(maxConnections: number): void;
  /** Closes once the calls under way have ended. Nobody calls any more. */
  drain(): Promise<void>;
  /** Closes now: calls under way end as broken. */
  close(): Promise<void>;
}

export type UpstreamFailure =
  /** As many sessions are open as may be, which is none where the engine has none. */
  | "no_room"
  /** No answer began: name unknown, refused, or reset before the headers; the engine may have seen the request. */
  | "unreachable"
  /** No headers in time. */
  | "headers_timeout"
  /** No chunk in time. */
  | "stalled"
  /** The connection broke while the answer was under way. */
  | "broken"
  /** This end of the connection was closed. */
  | "aborted"
  /** What came is not HTTP, not JSON, or not the dialect. */
  | "garbage";

interface UpstreamErrorOptions extends ErrorOptions {
  readonly mayHaveArrived?: boolean;
}

export class UpstreamError extends Error {
  readonly failure: UpstreamFailure;
  /** False: not one byte of the request was written, so it can be sent again without being answered twice. */
  readonly mayHaveArrived: boolean;

  constructor(failure: UpstreamFailure, { mayHaveArrived = true, ...options }: UpstreamErrorOptions = {}) {
    super(`upstream: ${failure}`, options);
    this.name = "UpstreamError";
    this.failure = failure;
    this.mayHaveArrived = mayHaveArrived;
  }
}

/** Not one byte was written, because what is asked for is not, or not any more, what the law allows. */
export class NotPermittedError extends Error {
  constructor(id: EndpointId) {
    super(`no permit covers endpoint \`${id}\` now`);
    this.name = "NotPermittedError";
  }
}
