import { canonicalJson } from "../base/index.ts";
import type { EndpointAddress, Engine, EngineConnection } from "./provider.ts";
import { engines } from "./providers.ts";

/** A connection of one or several epochs, which were given the same address for it. */
export interface Upstream {
  readonly address: EndpointAddress;
  readonly engine: Engine;
  readonly connection: EngineConnection;
}

interface Shared extends Upstream {
  holders: number;
}

/** The connections of all epochs of one cell. Each is open as long as an epoch holds it or a call is under way on it. */
export class SharedConnections {
  readonly #engines: readonly Engine[];
  readonly #maxConnections: number;
  /** Connections that are held, by their whole address; its secrets are part of the map's key, which is never shown. */
  readonly #held: Map<string, Shared> = new Map();
  /** Every connection that is not closed yet, the ones without a holder included. */
  readonly #open: Set<EngineConnection> = new Set();

  /** `maxConnections`: of all endpoints together; each of the newest epoch has an equal part of them. */
  constructor(maxConnections: number, known: readonly Engine[] = engines) {
    this.#engines = known;
    this.#maxConnections = maxConnections;
  }

  /** Sends nothing: a connection connects with its first call. Throws for a wrong address; then it holds none. */
  hold(addresses: readonly EndpointAddress[]): readonly Upstream[] {
    const held: Upstream[] = [];
    const part = Math.max(1, Math.floor(this.#maxConnections / Math.max(1, addresses.length)));
    try {
      for (const address of addresses) held.push(this.#holdOne(address, part));
    } catch (error) {
      // What was opened for this has no socket, so nothing is waited for.
      void this.release(held);
      throw error;
    }
    for (const { connection } of held) connection.resize?.(part);
    return held;
  }

  /** Resolves when what nobody holds any more is closed, after the calls under way on it. */
  async release(upstreams: readonly Upstream[]): Promise<void> {
    await Promise.all(upstreams.map((upstream) => this.#releaseOne(upstream.address)));
  }

  /** Ends every call, also those of epochs that have been released. */
  async closeAll(): Promise<void> {
    this.#held.clear();
    await Promise.all(Array.from(this.#open, (connection) => connection.close()));
    this.#open.clear();
  }

  #holdOne(address: EndpointAddress, maxConnections: number): Upstream {
    const key = comparedBy(address);
    const shared = this.#held.get(key) ?? { ...this.#connect(address, maxConnections), holders: 0 };
    shared.holders += 1;
    this.#held.set(key, shared);
    return shared;
  }

  #connect(address: EndpointAddress, maxConnections: number): Upstream {
    const engine = this.#engines.find(({ name }) => name === address.engine);
    if (!engine) throw new TypeError(`endpoint \`${address.id}\`: no engine is called \`${address.engine}\``);
    const connection = engine.open(address, maxConnections);
    this.#open.add(connection);
    return { address, engine, connection };
  }

  async #releaseOne(address: EndpointAddress): Promise<void> {
    const key = comparedBy(address);
    const shared = this.#held.get(key);
    if (!shared) return;
    shared.holders -= 1;
    if (shared.holders > 0) return;
    // INVARIANT: it is not held any more before it drains, so that no new epoch is given a connection that closes.
    this.#held.delete(key);
    await shared.connection.drain();
    this.#open.delete(shared.connection);
  }
}

/** Compares the whole address: an endpoint that moved under its name, or has another key, is another connection. */
function comparedBy(address: EndpointAddress): string {
  const { calling, attestation, ...rest } = address;
  return canonicalJson({
    ...rest,
    calling: calling ? { ...calling } : null,
    attestation: attestation ? { ...attestation, minimumTcb: { ...attestation.minimumTcb } } : null,
  });
}
