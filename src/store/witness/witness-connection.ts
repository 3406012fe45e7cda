// The one way in which the ledger thread speaks to other machines: to the witnesses of the trust file, with sizes, hashes,
// signatures, and once a month the entry that names the next log. test/witness-egress.test.ts looks at the bytes.
import type { Agent } from "undici";

export interface WitnessAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** More than a hundred signatures have. */
const maxAnswerBytes = 64 << 10;

export class WitnessConnection {
  readonly #url: string;
  /** Kept open from one second to the next ("Clients SHOULD use … keep-alive HTTP connections", tlog-witness). */
  #agent: Agent | null = null;

  /** `url` is the submission prefix, and the monitoring prefix too. */
  constructor(url: string) {
    this.#url = url.replace(/\/+$/, "");
  }

  post(path: string, body: Uint8Array, signal: AbortSignal): Promise<WitnessAnswer> {
    return this.#ask(path, { method: "POST", body, signal });
  }

  get(path: string, signal: AbortSignal): Promise<WitnessAnswer> {
    return this.#ask(path, { method: "GET", signal });
  }

  async #ask(
    path: string,
    options: { readonly method: "GET" | "POST"; readonly body?: Uint8Array; readonly signal: AbortSignal },
  ): Promise<WitnessAnswer> {
    // Loaded on use: the thread of a cell without witnesses starts without an HTTP client.
    const { Agent, request } = await import("undici");
    this.#agent ??= new Agent({ keepAliveTimeout: 30_000, connections: 2, maxResponseSize: maxAnswerBytes });
    const { statusCode, headers, body } = await request(`${this.#url}/${path}`, {
      ...options,
      dispatcher: this.#agent,
    });
    const contentType = headers["content-type"];
    return {
      status: statusCode,
      contentType: typeof contentType === "string" ? contentType : "",
      body: new Uint8Array(await body.arrayBuffer()),
    };
  }
}
