import { HeldError, KeyRefusedError, KeysUnavailableError, UnknownHandleError } from "../../keys/index.ts";
import { LifecycleError } from "./lifecycle-error.ts";

/** Says what the vault declines in the words of a lifecycle act. Any other error goes on as it is. */
export async function declining<Value>(work: Promise<Value>): Promise<Value> {
  return work.catch((error: unknown) => {
    throw declined(error);
  });
}

function declined(error: unknown): unknown {
  if (error instanceof HeldError) {
    return new LifecycleError("held", error.message, { holds: error.holds });
  }
  if (error instanceof UnknownHandleError) return new LifecycleError("not_found", error.message);
  if (error instanceof KeysUnavailableError) return new LifecycleError("keys_unavailable", error.message);
  if (error instanceof KeyRefusedError) return new LifecycleError("keys_refused", error.message);
  return error;
}
