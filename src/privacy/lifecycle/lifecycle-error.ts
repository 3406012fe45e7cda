/** Every way in which a lifecycle act declines, with the status that HTTP has for it. Closed, as `error.type` is. */
const statuses = {
  unauthenticated: 401,
  invalid_request: 400,
  /** There is no such key, or no such record: erased, deleted, or another cell's. */
  not_found: 404,
  /** A legal hold stands against it. */
  held: 409,
  /** The wall clock is not what was said of it, or not what the witnesses say. */
  clock_disagrees: 409,
  /** The key service cannot be asked now. */
  keys_unavailable: 503,
  /** The key service was asked, and refused. */
  keys_refused: 502,
} as const;

export type LifecycleErrorCode = keyof typeof statuses;

/** `particulars` are handles, dates and counts that say more than the sentence. Neither repeats what was asked for. */
export class LifecycleError extends Error {
  readonly code: LifecycleErrorCode;
  readonly particulars: Readonly<Record<string, unknown>>;

  constructor(
    code: LifecycleErrorCode,
    message: string,
    particulars: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = "LifecycleError";
    this.code = code;
    this.particulars = particulars;
  }

  get status(): number {
    return statuses[this.code];
  }
}

export function isLifecycleErrorCode(word: unknown): word is LifecycleErrorCode {
  return typeof word === "string" && Object.hasOwn(statuses, word);
}
