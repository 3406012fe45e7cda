// JSON that is written again as it was read, where a number is too long for a double: arguments of tools hold ids.
import { isObject } from "../base/index.ts";

/** ECMAScript's "JSON.parse source text access" (tc39.es/proposal-json-parse-with-source), which its own types do not know yet. */
interface SourceJson {
  parse(
    text: string,
    reviver?: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
}

const json = JSON as unknown as SourceJson;

/** Null where `text` is no JSON object. Only `JSON.stringify` may look at its long numbers. */
export function parseExactObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value = /\d{16}/.test(text) ? json.parse(text, keepLongNumber) : json.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function keepLongNumber(_key: string, value: unknown, { source }: { source?: string }): unknown {
  return typeof value === "number" && source !== undefined && String(value) !== source
    ? json.rawJSON(source)
    : value;
}
