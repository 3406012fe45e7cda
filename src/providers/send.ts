// Each gateway thread owns its state.
import type { EndpointId, InstantMs } from "../base/index.ts";
import { Permit } from "../law/index.ts";
import type { EngineOperationName, SpokenName } from "../wire/index.ts";
import {
  type AnswerHeaders,
  type AnswerReceiver,
  type CallUnderWay,
  type EndpointAddress,
  type EngineConnection,
  type Evidence,
  noEvidence,
  NotPermittedError,
  type SessionAnswer,
  type SessionCall,
  type UpstreamCall,
  UpstreamError,
} from "./provider.ts";
import { PermittedSession } from "./permitted-session.ts";
import { askedAs } from "./serves.ts";
import { SharedConnections, type Upstream } from "./shared-connections.ts";

/**
 * The cell's upstreams in one epoch of its policy: an id means the address that this value was made with, for as long
 * as a request that was decided under that policy lives. `send` is the only way from this process to an engine, and
 * it wants a permit.
 */
export interface Upstreams {
  /**
   * INVARIANT: no byte goes to `id` unless `permit` was issued by `decide` and covers `id` at this moment, and again
   * at the moment of the first byte, where the call's `mayGo` is asked too. Throws {@link NotPermittedError}, also
   * when this value is retired; then the receiver is told nothing.
   */
  send(permit: Permit, id: EndpointId, call: UpstreamCall, receiver: AnswerReceiver): CallUnderWay;
  /**
   * The same for a session: also each message goes only if, at that moment, `permit` covers `id` and `mayGo` says yes; else
   * `send` throws {@link NotPermittedError}.
   */
  connect(permit: Permit, id: EndpointId, call: SessionCall): Promise<SessionAnswer>;
  /** As which operation `id` is asked `operation`, for the model that it knows by `model`; null where it is not. */
  askedAs(id: EndpointId, operation: EngineOperationName, model: string): SpokenName | null;
  evidence(id: EndpointId, headers: AnswerHeaders, body: unknown): Evidence;
  /** Asks an engine's health without sending anything of a caller's. */
  probe(id: EndpointId, signal: AbortSignal): Promise<boolean>;
  /** Asks whether anybody is there at all, in the same way. */
  isSilent(id: EndpointId, signal: AbortSignal): Promise<boolean>;
  /** The next epoch's value. Connections to equal addresses are shared. When it throws, nothing has changed. */
  succeededBy(addresses: readonly EndpointAddress[]): Upstreams;
  /**
   * Nobody sends by this value any more. Resolves when the connections that no other value shares are closed, which
   * they are when the calls under way on them have ended.
   */
  retire(): Promise<void>;
  /** Ends all calls at once, also those of every value that this one came from or that came from it. */
  close(): Promise<void>;
}

interface UpstreamsOptions {
  readonly nowMs: () => InstantMs;
  /** Of all endpoints together. */
  readonly maxConnections: number;
}

/** Opens nothing yet: connections come with the first call. Throws for an engine that is not in `engines`. */
export function openUpstreams(
  addresses: readonly EndpointAddress[],
  { nowMs, maxConnections }: UpstreamsOptions,
): Upstreams {
  return new EpochUpstreams(addresses, { connections: new SharedConnections(maxConnections), nowMs });
}

interface Surroundings {
  readonly connections: SharedConnections;
  readonly nowMs: () => InstantMs;
}

class EpochUpstreams implements Upstreams {
  readonly #surroundings: Surroundings;
  readonly #upstreams: ReadonlyMap<EndpointId, Upstream>;
  #retired: Promise<void> | null = null;

  constructor(addresses: readonly EndpointAddress[], surroundings: Surroundings) {
    this.#surroundings = surroundings;
    const held = surroundings.connections.hold(addresses);
    this.#upstreams = new Map(held.map((upstream) => [upstream.address.id, upstream]));
  }

  send(permit: Permit, id: EndpointId, call: UpstreamCall, receiver: AnswerReceiver): CallUnderWay {
    const { connection, isCovered } = this.#coveredBy(permit, id);
    return connection.call({ ...call, mayGo: () => isCovered() && call.mayGo() }, receiver);
  }

  async connect(permit: Permit, id: EndpointId, call: SessionCall): Promise<SessionAnswer> {
    const { connection, isCovered } = this.#coveredBy(permit, id);
    const mayGo = (): boolean => isCovered() && call.mayGo();
    // The policy's checks let no such engine be asked; were one asked, another endpoint is, and this one stays in service.
    if (!connection.connect) throw new UpstreamError("no_room", { mayHaveArrived: false });
    const answer = await connection.connect({ ...call, mayGo });
    return answer.kind === "open"
      ? { ...answer, session: new PermittedSession(answer.session, { id, mayGo }) }
      : answer;
  }

  /** It is asked now, and again at the first byte: a permit may expire while the call waits for a connection. */
  #coveredBy(
    permit: Permit,
    id: EndpointId,
  ): { readonly connection: EngineConnection; readonly isCovered: () => boolean } {
    const upstream = this.#upstreams.get(id);
    const isCovered = (): boolean => Permit.isPermit(permit) && permit.covers(id, this.#surroundings.nowMs());
    if (!upstream || this.#retired !== null || !isCovered()) throw new NotPermittedError(id);
    return { connection: upstream.connection, isCovered };
  }

  askedAs(id: EndpointId, operation: EngineOperationName, model: string): SpokenName | null {
    const upstream = this.#upstreams.get(id);
    return upstream ? askedAs(operation, upstream, model) : null;
  }

  evidence(id: EndpointId, headers: AnswerHeaders, body: unknown): Evidence {
    const upstream = this.#upstreams.get(id);
    return upstream?.engine.evidence(upstream.address, headers, body) ?? noEvidence;
  }

  async probe(id: EndpointId, signal: AbortSignal): Promise<boolean> {
    if (this.#retired !== null) return false;
    return (await this.#upstreams.get(id)?.connection.probe(signal)) ?? false;
  }

  async isSilent(id: EndpointId, signal: AbortSignal): Promise<boolean> {
    return (await this.#upstreams.get(id)?.connection.isSilent(signal)) ?? false;
  }

  succeededBy(addresses: readonly EndpointAddress[]): Upstreams {
    return new EpochUpstreams(addresses, this.#surroundings);
  }

  retire(): Promise<void> {
    this.#retired ??= this.#surroundings.connections.release(Array.from(this.#upstreams.values()));
    return this.#retired;
  }

  close(): Promise<void> {
    return this.#surroundings.connections.closeAll();
  }
}
