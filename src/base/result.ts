/** A value or the reason why there is none, for failures that the caller is expected to handle. */
export type Result<Value, Failure> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: Failure };

export function ok<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value };
}

export function fail<Failure>(error: Failure): { readonly ok: false; readonly error: Failure } {
  return { ok: false, error };
}

/** Makes the compiler prove that a union was handled to its last member. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${String(value)}`);
}
