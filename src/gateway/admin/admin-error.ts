/** Every way in which the admin API declines, with its HTTP status. Closed, as `error.type` is for callers. */
const statuses = {
  unauthenticated: 401,
  invalid_request: 400,
  not_found: 404,
  /** A legal hold stands against it. */
  held: 409,
  /** What was asked for is over: the key is destroyed. */
  erased: 410,
  keys_unavailable: 503,
} as const;

export type AdminErrorCode = keyof typeof statuses;

/** Declined by the admin API. `particulars` are handles, dates and counts that say more than the sentence. */
export class AdminError extends Error {
  readonly code: AdminErrorCode;
  readonly particulars: Readonly<Record<string, unknown>>;

  constructor(code: AdminErrorCode, message: string, particulars: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = "AdminError";
    this.code = code;
    this.particulars = particulars;
  }

  get status(): number {
    return statuses[this.code];
  }
}

export function isAdminErrorCode(word: unknown): word is AdminErrorCode {
  return typeof word === "string" && Object.hasOwn(statuses, word);
}
