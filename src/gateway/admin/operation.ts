import { z } from "zod";
import { LifecycleError } from "../lifecycle/lifecycle-error.ts";
import type { Custody, Keeping } from "../lifecycle/custody.ts";

/** One thing that the admin API does; the same for a request over HTTP and for a command that holds the state itself. */
export type Operation = Look | Act;

interface Look {
  readonly method: "GET";
  readonly path: `/admin/${string}`;
  /** `input` is as it came: the members of the query. Resolves with JSON; throws {@link LifecycleError}. */
  run(keeping: Keeping, input: unknown): Promise<unknown>;
}

interface Act {
  readonly method: "POST";
  readonly path: `/admin/${string}`;
  /** `input` is as it came: the members of the body. Resolves with JSON; throws {@link LifecycleError}. */
  run(custody: Custody, input: unknown): Promise<unknown>;
}

interface OperationParts<State, Input> {
  readonly path: Operation["path"];
  readonly input: z.ZodType<Input>;
  readonly run: (state: State, input: Input) => Promise<unknown>;
}

export function look<Input>({ path, input: schema, run }: OperationParts<Keeping, Input>): Look {
  return { method: "GET", path, run: async (keeping, input) => run(keeping, parse(schema, input)) };
}

export function act<Input>({ path, input: schema, run }: OperationParts<Custody, Input>): Act {
  return { method: "POST", path, run: async (custody, input) => run(custody, parse(schema, input)) };
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
