// JSON that means the same to every reader. YAML's reader knows where each value stands, and takes fifty times as long; of
// what is plain, nobody will ask where it stands unless the schema finds something wrong with it.
import { isObject, parseJson } from "../../base/index.ts";

const maxLength = 65_536;
const maxDepth = 16;
/** They have a meaning of their own in JavaScript and in old YAML. */
const strangeNames: ReadonlySet<string> = new Set(["__proto__", "<<"]);
const quoted = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

/** Undefined where it is no JSON, or not plain: a name stands twice or is strange, or the text is long or nested deeply. */
export function readPlainJson(text: string): unknown {
  if (text.length > maxLength) return undefined;
  const value = parseJson(text);
  return value !== undefined && namesIn(value, 0) === namesWritten(text) ? value : undefined;
}

/** Of a text that is JSON, where a string is followed by a colon if and only if it is a name. */
function namesWritten(text: string): number {
  let names = 0;
  for (const [, colon] of text.matchAll(quoted)) if (colon !== undefined) names++;
  return names;
}

/** NaN, which equals no count, where it is not plain. A name that was written twice is here once. */
function namesIn(value: unknown, depth: number): number {
  if (typeof value !== "object" || value === null) return 0;
  if (depth >= maxDepth) return Number.NaN;
  const own = isObject(value) ? Object.keys(value) : [];
  if (own.some((name) => strangeNames.has(name))) return Number.NaN;
  return Object.values(value).reduce((sum: number, inner) => sum + namesIn(inner, depth + 1), own.length);
}
