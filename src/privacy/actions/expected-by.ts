import type { z } from "zod";

const kinds: ReadonlyMap<string, string> = new Map([
  ["string", "text"],
  ["number", "a number"],
  ["int", "a whole number"],
  ["array", "a list"],
  ["object", "a JSON object"],
]);

/**
 * What would have been right. The schema library's own sentences are for whoever writes schemas; those that a schema
 * brings along are ours.
 */
export function expectedBy(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type") return `expected ${kinds.get(issue.expected) ?? issue.expected}`;
  if (issue.code === "invalid_value") return `expected ${choiceOf(issue.values)}`;
  if (issue.code === "invalid_union") {
    const [first] = issue.errors.flat();
    return first === undefined ? "expected another value" : expectedBy(first);
  }
  if (issue.code === "too_small") {
    const least = `${issue.inclusive === true ? "at least" : "more than"} ${issue.minimum}`;
    return issue.origin === "array" ? `expected a list of ${least}` : `expected ${least}`;
  }
  if (issue.code === "too_big") return `expected at most ${issue.maximum}${unitOf(issue.origin)}`;
  return issue.message;
}

function choiceOf(values: readonly unknown[]): string {
  const listed = values.map((value) => `\`${String(value)}\``).join(", ");
  return values.length > 1 ? `one of ${listed}` : listed;
}

function unitOf(origin: string): string {
  if (origin === "string") return " characters";
  return origin === "array" ? " items" : "";
}
