import type { IncomingMessage, ServerResponse } from "node:http";
import type { EndpointId, Place, RequestId } from "../base/index.ts";
import type { EvidenceClass } from "../law/index.ts";
import type { Executed } from "../ledger/index.ts";
import type { ErrorType, TokenUsage } from "../wire/index.ts";
import type { CellContext } from "./cell-context.ts";
import type { Docket } from "./docket.ts";

/** What the answer's headers say of where the request went, as far as it is known. */
export interface Receipt {
  endpoint: EndpointId | null;
  places: readonly Place[];
  evidence: EvidenceClass | null;
  /** `<origin>#<index>` of the decision. */
  ledger: string | null;
}

/** What has happened so far, for the outcome entry, the metrics and the log. */
export interface Progress {
  /** `health`, `admin` and `witness` are not counted as requests. */
  route: "chat_completions" | "models" | "other" | "health" | "admin" | "witness";
  isStream: boolean;
  hasReadBody: boolean;
  /** The alias, once it is known to be one; a caller's text before that is never kept. */
  model: string | null;
  /** The open record in the ledger; null before a decision to permit. */
  docket: Docket | null;
  readonly attempts: { readonly endpoint: EndpointId; readonly failure: string | null }[];
  executed: Executed | null;
  tokens: TokenUsage | null;
  firstChunkAtMs: number | null;
  /** What the caller was told in the end. */
  status: number | null;
  error: ErrorType | null;
}

/** Which listener a request came in by: errors are told in the words of whoever is expected there. */
export type Door = "callers" | "admin";

export interface Arrival {
  readonly id: RequestId;
  readonly door: Door;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly receivedAtMs: number;
  /** The caller waits for `100 Continue` before it sends the body (RFC 9110 §10.1.1). */
  readonly expectsContinue: boolean;
}

/** One request and its answer, at this cell. */
export class Exchange {
  readonly cell: CellContext;
  readonly arrival: Arrival;
  readonly receipt: Receipt = { endpoint: null, places: [], evidence: null, ledger: null };
  readonly progress: Progress = {
    route: "other",
    isStream: false,
    hasReadBody: false,
    model: null,
    docket: null,
    attempts: [],
    executed: null,
    tokens: null,
    firstChunkAtMs: null,
    status: null,
    error: null,
  };
  readonly #stopping = new AbortController();
  readonly #endings: (() => void)[] = [];
  readonly #over = Promise.withResolvers<void>();

  constructor(cell: CellContext, arrival: Arrival) {
    this.cell = cell;
    this.arrival = arrival;
  }

  /** Resolves at the end. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Aborted when nothing further may be done for this request; the reason is the error that it ends with. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  /** The first reason stands. */
  stop(reason: Error): void {
    this.#stopping.abort(reason);
  }

  throwIfStopped(): void {
    this.signal.throwIfAborted();
  }

  /** `ending` runs once, when the exchange is over, however it ended. */
  onEnd(ending: () => void): void {
    this.#endings.push(ending);
  }

  end(): void {
    for (const ending of this.#endings.splice(0)) ending();
    this.#over.resolve();
  }
}
