import type { EndpointId, InstantMs } from "../base/index.ts";
import { Permit } from "../law/index.ts";
import { engines } from "./engines.ts";
import type {
  EndpointAddress,
  Engine,
  EngineConnection,
  Evidence,
  UpstreamAnswer,
  UpstreamCall,
} from "./provider.ts";

/** Thrown before any connection is opened, when what is asked for is not what the law allowed. */
export class NotPermittedError extends Error {
  constructor(id: EndpointId) {
    super(`no permit covers endpoint \`${id}\` now`);
    this.name = "NotPermittedError";
  }
}

/** The cell's upstreams. `send` is the only way from this process to an engine, and it wants a permit. */
export interface Upstreams {
  /**
   * INVARIANT: no byte goes to `id` unless `permit` was issued by `decide` and covers `id` at this moment.
   * Throws {@link NotPermittedError}, or UpstreamError when the engine cannot be reached or answers no HTTP.
   */
  send(permit: Permit, id: EndpointId, call: UpstreamCall): Promise<UpstreamAnswer>;
  evidence(id: EndpointId, headers: Readonly<Record<string, string>>, body: unknown): Evidence;
  /** Asks an engine's health without sending anything of a caller's. */
  probe(id: EndpointId, signal: AbortSignal): Promise<boolean>;
  close(): Promise<void>;
}

interface Line {
  readonly address: EndpointAddress;
  readonly engine: Engine;
  readonly connection: EngineConnection;
}

/** Opens nothing yet: connections come with the first call. Throws for an engine that is not in `engines`. */
export function openUpstreams(addresses: readonly EndpointAddress[], nowMs: () => InstantMs): Upstreams {
  const lines = new Map(addresses.map((address) => [address.id, lineTo(address)]));
  return {
    async send(permit, id, call) {
      const line = lines.get(id);
      if (!line || !Permit.isPermit(permit) || !permit.covers(id, nowMs())) throw new NotPermittedError(id);
      return line.connection.call(call);
    },
    evidence(id, headers, body) {
      const line = lines.get(id);
      if (!line) return { evidenceClass: "E0", places: [], source: "none", isElsewhere: false };
      return line.engine.evidence(line.address, headers, body);
    },
    async probe(id, signal) {
      return (await lines.get(id)?.connection.probe(signal)) ?? false;
    },
    async close() {
      await Promise.all(Array.from(lines.values(), (line) => line.connection.close()));
    },
  };
}

function lineTo(address: EndpointAddress): Line {
  const engine = engines.find((candidate) => candidate.name === address.engine);
  if (!engine) throw new TypeError(`endpoint \`${address.id}\`: no engine is called \`${address.engine}\``);
  return { address, engine, connection: engine.open(address) };
}
