import { fail, ok, type Result } from "../base/index.ts";
import { checkShape } from "./check-shape.ts";
import { type FactsDocument, factsSchema } from "./facts-schema.ts";
import { type Finding, toFindings } from "./finding.ts";
import { readYaml } from "./yaml-reader.ts";

/**
 * Reads one line of JSON, which is YAML too: so a member that stands twice is an error here, where `JSON.parse` would
 * take the last one. Never throws.
 */
export function parseFacts(file: string, text: string): Result<FactsDocument, readonly Finding[]> {
  const { root, problems } = readYaml(text);
  if (!root) return fail(toFindings(file, problems));
  const shape = checkShape(factsSchema, root);
  const all = [...problems, ...(shape.ok ? [] : shape.error)];
  if (!shape.ok || all.length > 0) return fail(toFindings(file, all));
  return ok(shape.value);
}
