import { carriesRetryAfter, type ErrorType, errorTypes } from "../../wire/index.ts";

interface Particulars {
  /** The member, header or place at fault or in question. */
  readonly param?: string;
  /** The model server's own word for it, of a closed list. */
  readonly code?: string | null;
  /** Where the model server's status says more than the type's. */
  readonly status?: 400 | 413 | 422;
  /** For the types that a wait can cure. */
  readonly retryAfterMs?: number;
  /** Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Every way in which a request ends without its answer. The error edge alone turns one into bytes. */
export class GatewayError extends Error {
  readonly type: ErrorType;
  readonly param: string | null;
  readonly code: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly status: number;
  readonly #retryAfterMs: number;

  constructor(type: ErrorType, message: string, particulars: Particulars = {}) {
    super(message);
    this.name = "GatewayError";
    this.type = type;
    this.param = particulars.param ?? null;
    this.code = particulars.code ?? null;
    this.status = particulars.status ?? errorTypes[type].status;
    this.headers = particulars.headers ?? {};
    this.#retryAfterMs = particulars.retryAfterMs ?? 1_000;
  }

  /** Whole seconds, 1 at least (RFC 9110 §10.2.3); null where waiting cures nothing. */
  get retryAfterSeconds(): number | null {
    return carriesRetryAfter(this.type) ? Math.max(1, Math.ceil(this.#retryAfterMs / 1_000)) : null;
  }
}

/** Nothing is wrong with the request, and soon there is room for it. */
export function overloaded(why: string): GatewayError {
  return new GatewayError("gateway_overloaded", `${why}; send the request again in a moment`);
}

/** The caller closed the connection: there is nobody to answer. */
export class CallerGoneError extends Error {
  constructor() {
    super("the caller has left");
    this.name = "CallerGoneError";
  }
}
