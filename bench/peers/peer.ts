// What a benchmark may put in front of the upstream.

/** A process on loopback. */
export interface Server {
  readonly name: string;
  readonly port: number;
  /** That it wants to be called with. */
  readonly headers: Readonly<Record<string, string>>;
  /** The first of its processes. */
  readonly processId: number;
  stop(): Promise<void>;
}

export interface Peer {
  readonly name: string;
  /** Whether each request leaves durable entries in a log that can be verified. */
  readonly ledger: boolean;
  /** What a reader is told where it cannot be measured here. */
  whyMissing(): string | null;
  start(upstream: Server): Promise<Server>;
}

export const benchKey = "sk-bench";
export const benchHeaders = { authorization: `Bearer ${benchKey}` };
