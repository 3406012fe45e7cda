import { carriesRetryAfter, type ErrorType, errorTypes } from "../wire/index.ts";

interface Particulars {
  /** The member, header or place at fault or in question. */
  readonly param?: string;
  /** For the types that a wait can cure. */
  readonly retryAfterMs?: number;
  /** Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Every way in which a request ends without its answer. The error edge alone turns one into bytes. */
export class GatewayError extends Error {
  readonly type: ErrorType;
  readonly param: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly #retryAfterMs: number;

  constructor(type: ErrorType, message: string, particulars: Particulars = {}) {
    super(message);
    this.name = "GatewayError";
    this.type = type;
    this.param = particulars.param ?? null;
    this.headers = particulars.headers ?? {};
    this.#retryAfterMs = particulars.retryAfterMs ?? 1_000;
  }

  get status(): number {
    return errorTypes[this.type].status;
  }

  /** Whole seconds, 1 at least (RFC 9110 §10.2.3); null where waiting cures nothing. */
  get retryAfterSeconds(): number | null {
    return carriesRetryAfter(this.type) ? Math.max(1, Math.ceil(this.#retryAfterMs / 1_000)) : null;
  }
}

/** The caller closed the connection: there is nobody to answer. */
export class CallerGoneError extends Error {
  constructor() {
    super("the caller has left");
    this.name = "CallerGoneError";
  }
}
