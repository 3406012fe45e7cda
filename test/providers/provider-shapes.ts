// One hosted provider as its documents describe it, for whoever plays it at a socket.
import type { EngineOperationName } from "../../src/wire/index.ts";
import type { HostedEngine } from "./provider-cases.ts";

export interface ProviderShapes {
  readonly engine: HostedEngine;
  readonly key: string;
  /** What is given for the key, where that is only shown to who gives tokens. */
  readonly token?: string;
  /** Members of the endpoint in a policy: its provider, its region, and what else it takes. */
  readonly endpoint: string;
  /** An endpoint whose permit its evidence can contradict; null where that is `endpoint`. */
  readonly elsewhereEndpoint: string | null;
  /** The name by which it knows the model. */
  readonly model: string;
  readonly operation: EngineOperationName;
  /** Framed members of a request, beside `model` and `stream`. */
  readonly members: string;
  readonly tools: string;
  /** What each of its answers says of itself: ids, and where it ran. Header lines, each with its end. */
  readonly headers: string;
  readonly whole: ProviderAnswer;
  readonly called: ProviderAnswer;
  /** Of a stream, the last one closing it. */
  readonly events: readonly string[];
  readonly eventType: string;
  /** An answer that says that it ran where it may not. */
  readonly elsewhere: ProviderAnswer;
  /** A 429 that says to come back in a second, where no header does. */
  readonly saturated?: ProviderAnswer;
  /** By which it refuses a key that is wrong, revoked or past its time. */
  readonly refusedKey: { readonly status: number; readonly body: string };
  /** The body of an error with such a status. */
  errorOf(status: number): string;
  /** Throws for a request that is not what the provider's documents ask for. */
  requireDocumented(request: string): void;
}

export interface ProviderAnswer {
  readonly headers?: string;
  readonly body: string;
}

/** In every policy and every fake; it must be found nowhere else. */
export const secretKey = "provider-key-4f1d0c9e7ab2";
