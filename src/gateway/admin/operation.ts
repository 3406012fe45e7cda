import { z } from "zod";
import { LifecycleError } from "../lifecycle/lifecycle-error.ts";
import type { Custody } from "../lifecycle/custody.ts";

/** One thing that the admin API does; the same for a request over HTTP and for a command that holds the state itself. */
export interface Operation {
  readonly method: "GET" | "POST";
  readonly path: `/admin/${string}`;
  /** `input` is as it came: the members of the body, or of the query. Resolves with JSON; throws {@link LifecycleError}. */
  run(custody: Custody, input: unknown): Promise<unknown>;
}

interface OperationParts<Input, Output> {
  readonly method: Operation["method"];
  readonly path: Operation["path"];
  readonly input: z.ZodType<Input>;
  readonly run: (custody: Custody, input: Input) => Promise<Output>;
}

export function operation<Input, Output>({
  method,
  path,
  input: schema,
  run,
}: OperationParts<Input, Output>): Operation {
  return { method, path, run: async (custody, input) => run(custody, parse(schema, input)) };
}

function parse<Input>(schema: z.ZodType<Input>, input: unknown): Input {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  // The values are not repeated: one of them may name a person.
  const faults = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `\`${path.join(".")}\`: ${message}`,
  );
  throw new LifecycleError("invalid_request", faults.join("; "));
}
