import { z } from "zod";
import { LifecycleError } from "../lifecycle/lifecycle-error.ts";
import { expectedBy } from "./expected-by.ts";
import type { LifecycleAccess, LifecycleReadAccess } from "../lifecycle/lifecycle-access.ts";

/** One thing that the admin API does; the same for a request over HTTP and for a command that holds the state itself. */
export type AdminAction = Look | Act;

interface Look {
  readonly method: "GET";
  readonly path: `/admin/${string}`;
  /** `input` is as it came: the members of the query. Resolves with JSON; throws {@link LifecycleError}. */
  run(access: LifecycleReadAccess, input: unknown): Promise<unknown>;
}

interface Act {
  readonly method: "POST";
  readonly path: `/admin/${string}`;
  /** `input` is as it came: the members of the body. Resolves with JSON; throws {@link LifecycleError}. */
  run(access: LifecycleAccess, input: unknown): Promise<unknown>;
}

interface AdminActionParts<State, Input> {
  readonly path: AdminAction["path"];
  readonly input: z.ZodType<Input>;
  readonly run: (state: State, input: Input) => Promise<unknown>;
}

export function look<Input>({
  path,
  input: schema,
  run,
}: AdminActionParts<LifecycleReadAccess, Input>): Look {
  return { method: "GET", path, run: async (access, input) => run(access, parse(schema, input)) };
}

export function act<Input>({ path, input: schema, run }: AdminActionParts<LifecycleAccess, Input>): Act {
  return { method: "POST", path, run: async (access, input) => run(access, parse(schema, input)) };
}

function parse<Input>(schema: z.ZodType<Input>, input: unknown): Input {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => faultOf(issue, schema));
  throw new LifecycleError("invalid_request", faults.join("; "));
}

/** Neither values nor the names of unknown members are repeated: one of them may name a person, or hold an escape sequence. */
function faultOf(issue: z.core.$ZodIssue, schema: z.ZodType): string {
  const { path } = issue;
  const where = path.length === 0 ? "" : `\`${path.join(".")}\`: `;
  if (issue.code !== "unrecognized_keys") return `${where}${expectedBy(issue)}`;
  const known = path.length === 0 && schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  const expected = known.length === 0 ? "" : `; it takes ${known.map((name) => `\`${name}\``).join(", ")}`;
  return `${where}a member is not known here${expected}`;
}
