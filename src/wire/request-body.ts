// What the requests of all dialects have in common: a JSON object that names a model and may ask for a stream.
import { fail, ok, type Result } from "../base/index.ts";
import { type JsonSpan, readJsonSpan, type ScannedObject } from "./json-members.ts";
import { isNamed } from "./member-name.ts";
import type { RequestFault } from "./operation.ts";

export interface RequestMembers {
  readonly model: string;
  readonly modelSpan: JsonSpan;
  readonly wantsEvents: boolean;
  readonly spans: ReadonlyMap<string, JsonSpan>;
  /** Parses a member once, however often it is asked for: a conversation may be megabytes. */
  readonly valueOf: (name: string) => unknown;
}

export const maxModelLength = 256;

/** `known`: what this cell goes by. An engine that ignores letter case would go by `Stream` or `ſtream`, and we by neither. */
export function readMembers(
  body: Uint8Array,
  members: ScannedObject,
  known: readonly string[],
): Result<RequestMembers, RequestFault> {
  if (!members.ok) {
    const { offset, reason } = members.error;
    const message = `the body is no JSON that is read here: ${reason} (at byte ${offset})`;
    return fail({ param: null, message });
  }
  const misspelt = misspeltIn(members.value.keys(), ["model", "stream", ...known]);
  if (misspelt !== null)
    return fail(fault(misspelt, "is written in other letters; write its name as it stands here"));
  const valueOf = valuesOf(body, members.value);
  const modelSpan = members.value.get("model");
  const [model, stream] = [valueOf("model"), valueOf("stream")];
  if (!modelSpan || !isModelName(model))
    return fail(fault("model", `must be a string of 1 to ${maxModelLength} characters`));
  if (!isFlag(stream)) return fail(fault("stream", "must be true, false or null"));
  return ok({ model, modelSpan, wantsEvents: stream === true, spans: members.value, valueOf });
}

export function fault(param: string, what: string): RequestFault {
  return { param, message: `\`${param}\` ${what}` };
}

/** The known member that a name only resembles; null where there is none. */
export function misspeltIn(names: Iterable<string>, known: readonly string[]): string | null {
  for (const name of names) {
    const meant = known.find((member) => isNamed(name, member));
    if (meant !== undefined && meant !== name) return meant;
  }
  return null;
}

export function isFlag(value: unknown): boolean {
  return value === undefined || value === null || typeof value === "boolean";
}

/** What is none is the engine's to refuse. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

/** How many answers are asked for bounds what they cost, and an engine may read `"10"` and `1_0` as ten. */
export function faultInCount(name: string, value: unknown): RequestFault | null {
  if (value === undefined || value === null || isCount(value)) return null;
  return fault(name, "must be a whole number from 1 on");
}

function isModelName(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= maxModelLength;
}

function valuesOf(body: Uint8Array, members: ReadonlyMap<string, JsonSpan>): (name: string) => unknown {
  const values = new Map<string, unknown>();
  return (name) => {
    const span = members.get(name);
    if (span && !values.has(name)) values.set(name, readJsonSpan(body, span));
    return values.get(name);
  };
}
