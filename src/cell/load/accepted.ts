import type { Result } from "../../base/index.ts";
import { type Finding, formatFinding } from "../../config/index.ts";
import { UnusableInputError } from "../../disk/index.ts";

/** What was written, for a command that cannot do without it: every finding is told at once. */
export function accepted<Value>(result: Result<Value, readonly Finding[]>): Value {
  if (result.ok) return result.value;
  throw new UnusableInputError(result.error.map(formatFinding));
}
