// Holds a YAML tree against a schema. What the schema says is wrong becomes problems with a place in the file.
import { fail, ok, type Result } from "../../base/index.ts";
import { z } from "zod";
import { type Problem, quote, type YamlPath } from "../yaml/finding.ts";
import { type JsonSchema, knownKeys } from "./json-schema.ts";
import { closest, suggest } from "../yaml/suggest.ts";
import { labelWords } from "./vocabulary.ts";
import { nearest, textOf, toPlain, type YamlNode } from "../yaml/yaml-tree.ts";

type Issue = z.core.$ZodIssue;

interface Check {
  readonly root: YamlNode;
  /** What the schema says in a form that can be walked, for suggestions. */
  readonly jsonSchema: JsonSchema;
}

/** The value, or every problem at once. */
export function checkShape<Schema extends z.ZodType>(
  schema: Schema,
  root: YamlNode,
): Result<z.output<Schema>, readonly Problem[]> {
  const parsed = schema.safeParse(toPlain(root), { error: expectation });
  if (parsed.success) return ok(parsed.data);
  const check = { root, jsonSchema: walkableOnce(schema) };
  return fail(parsed.error.issues.flatMap((issue) => problemsOf(check, issue, [])));
}

/** What a schema says does not change, and to write it out takes as long as to read a policy. */
const walkable = new WeakMap<z.ZodType, JsonSchema>();

function walkableOnce(schema: z.ZodType): JsonSchema {
  const known = walkable.get(schema) ?? (z.toJSONSchema(schema, { io: "input" }) as JsonSchema);
  walkable.set(schema, known);
  return known;
}

/** The message of an issue is what was expected, unless the schema has better words of its own. */
function expectation(issue: z.core.$ZodRawIssue): string {
  if (issue.code === "invalid_type") return typeWords[issue.expected] ?? issue.expected;
  if (issue.code === "invalid_value")
    return `one of ${issue.values.map((value) => quote(String(value))).join(", ")}`;
  return "another value";
}

const typeWords: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  boolean: "`true` or `false`",
  object: "a mapping",
  record: "a mapping",
  array: "a list",
};

function problemsOf(check: Check, issue: Issue, above: YamlPath): readonly Problem[] {
  const path: YamlPath = [...above, ...(issue.path as YamlPath)];
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(check, [...path, key]));
  if (issue.code === "invalid_union") return problemsOfUnion(check, issue, path);
  if (issue.code !== "invalid_key") return [wrongValue(check, path, issue)];
  return [unusableName(check, path, issue.issues[0]?.message ?? issue.message)];
}

/** The branch whose type fits the value knows best what is wrong with it. */
function problemsOfUnion(
  check: Check,
  issue: z.core.$ZodIssueInvalidUnion,
  path: YamlPath,
): readonly Problem[] {
  const { node } = nearest(check.root, path);
  const fitting = issue.errors.find((issues) => fits(issues, node));
  if (!fitting) return [wrongValue(check, path, issue)];
  return fitting.flatMap((inner) => problemsOf(check, inner, path));
}

/** Whether these issues are about what the value says, not about what kind of value it is. */
function fits(issues: readonly Issue[], node: YamlNode): boolean {
  return issues.every((issue) => {
    if (issue.path.length > 0) return true;
    if (issue.code === "invalid_union") return issue.errors.some((inner) => fits(inner, node));
    if (issue.code !== "invalid_value") return issue.code !== "invalid_type";
    return textOf(node) !== null && issue.values.some((value) => typeof value === "string");
  });
}

function unknownKey({ jsonSchema, root }: Check, path: YamlPath): Problem {
  const key = String(path.at(-1));
  return {
    at: nearest(root, path).keyAt,
    path,
    found: `the unknown key ${quote(key)}`,
    expected: "a key of this mapping",
    hint: suggest(key, knownKeys(jsonSchema, path.slice(0, -1))),
  };
}

function unusableName({ root }: Check, path: YamlPath, expected: string): Problem {
  return { at: nearest(root, path).keyAt, path, found: `the name ${quote(String(path.at(-1)))}`, expected };
}

function wrongValue({ root }: Check, path: YamlPath, issue: Issue): Problem {
  const { node, keyAt, isExact } = nearest(root, path);
  const expected = issue.message;
  if (!isExact) return { at: keyAt, path, found: "nothing", expected };
  return { at: node.at, path, found: foundIn(node, path), expected, hint: hintFor(node, path, issue) };
}

// Fields that are meant to hold, or not to hold, a secret. What stands there is never shown.
const unshown: ReadonlySet<string | number | undefined> = new Set([
  "key",
  "sha256",
  "token",
  "pin",
  "access-key",
  "secret-key",
]);

function isUnshown(path: YamlPath): boolean {
  return unshown.has(path.at(-1)) || path.at(-2) === "headers";
}

function foundIn(node: YamlNode, path: YamlPath): string {
  if (node.kind === "list") return node.items.length > 0 ? "a list" : "an empty list";
  if (node.kind === "mapping") return node.entries.size > 0 ? "a mapping" : "an empty mapping";
  if (node.value === null) return "nothing";
  if (isUnshown(path)) return "a value that is not shown here";
  if (typeof node.value === "string") return quote(node.value);
  return `the ${typeof node.value} ${quote(node.source)}`;
}

const keyHint = 'a policy holds no API key; store its SHA-256: printf %s "$KEY" | sha256sum';

function hintFor(node: YamlNode, path: YamlPath, issue: Issue): string | null {
  if (issue.code === "custom" && typeof issue.params?.["hint"] === "string") return issue.params["hint"];
  if (node.kind !== "scalar" || node.value === null) return null;
  if (typeof node.value !== "string") {
    return issue.message.startsWith(labelWords) && !isUnshown(path)
      ? `put it in quotes: "${node.source}"`
      : null;
  }
  if (/^sk-/i.test(node.value)) return keyHint;
  if (node.value === "?") return "nobody has said it yet";
  const meant = issue.code === "invalid_value" ? closest(node.value, issue.values.map(String)) : null;
  return meant === null ? null : `did you mean ${quote(meant)}?`;
}
