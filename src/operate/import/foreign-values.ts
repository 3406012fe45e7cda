// Members of a foreign file, which may hold anything.
import { isObject } from "../../base/index.ts";
import { ForeignFileError } from "./foreign-gateway.ts";

export type Members = Readonly<Record<string, unknown>>;

export function objectAt(value: unknown, path: string): Members {
  if (isObject(value)) return value;
  throw new ForeignFileError(path, "a mapping");
}

export function listAt(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  throw new ForeignFileError(path, "a list");
}

/** Null for one that is missing, or empty. */
export function textIn(members: Members, name: string): string | null {
  const value = members[name];
  return typeof value === "string" && value !== "" ? value : null;
}

export function requiredText(members: Members, name: string, path: string): string {
  const text = textIn(members, name);
  if (text === null) throw new ForeignFileError(`${path}.${name}`, "a text");
  return text;
}

export function positiveIn(members: Members, name: string): number | null {
  const value = members[name];
  return typeof value === "number" && value > 0 ? value : null;
}
