// Reads a request's members one by one for a translation: each is taken, or refused by its name. Nothing is dropped in silence.
import { decodeUtf8, encodeUtf8, fail, isObject, ok, type Result } from "../../base/index.ts";
import { parseExactObject } from "../exact-json.ts";
import type { Untranslatable } from "../translation.ts";

export type Members = Readonly<Record<string, unknown>>;

export class UntranslatableError extends Error {
  readonly untranslatable: Untranslatable;

  constructor(
    param: string,
    why = "has no counterpart in the dialect of the model's endpoint; leave it out",
  ) {
    super(param);
    this.untranslatable = { param, message: `\`${param}\` ${why}` };
  }
}

/** What `make` makes, as a body; or what it has no words for. */
export function translatedBody(make: () => object): Result<readonly Uint8Array[], Untranslatable> {
  try {
    return ok([encodeUtf8(JSON.stringify(make()))]);
  } catch (error) {
    if (error instanceof UntranslatableError) return fail(error.untranslatable);
    throw error;
  }
}

/** Of a body that was scanned before. */
export function membersOf(body: Uint8Array): Members {
  return parseExactObject(decodeUtf8(body) ?? "") ?? {};
}

/** Null counts as left out. */
export function presentMembers(members: Members): Members {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}

/** Refuses the first member of `members` that is not in `known`. */
export function requireKnown(members: Members, known: readonly string[], path: string): void {
  const unknown = Object.keys(members).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UntranslatableError(pathTo(path, unknown));
}

/** What a caller wrote as a name may be anything: it is told only where it looks like one. */
export function pathTo(path: string, name: string): string {
  const shown = /^[A-Za-z0-9_-]{1,64}$/.test(name) ? name : "…";
  return path === "" ? shown : `${path}.${shown}`;
}

export function objectAt(value: unknown, path: string): Members {
  if (!isObject(value)) throw new UntranslatableError(path, "must be an object");
  return presentMembers(value);
}

export function listAt(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new UntranslatableError(path, "must be an array");
  return value;
}

/** An object of a list, without its null members, and where it stands. */
export interface ListedObject {
  readonly members: Members;
  readonly path: string;
}

export function objectsAt(value: unknown, path: string): readonly ListedObject[] {
  return listAt(value, path).map((element, index) => {
    const at = `${path}[${index}]`;
    return { members: objectAt(element, at), path: at };
  });
}

export function textAt(value: unknown, path: string): string {
  if (typeof value !== "string") throw new UntranslatableError(path, "must be a text");
  return value;
}
