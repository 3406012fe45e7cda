import { fail, ok, type Result } from "../../base/index.ts";
import { checkShape } from "../schema/check-shape.ts";
import { type FactsDocument, factsSchema } from "../schema/facts-schema.ts";
import { type Finding, toFindings } from "../yaml/finding.ts";
import { readPlainJson } from "../yaml/plain-json.ts";
import { readYaml } from "../yaml/yaml-reader.ts";

/** Reads one line of JSON. A member that stands twice is an error, where `JSON.parse` would take the last one. Never throws. */
export function parseFacts(file: string, text: string): Result<FactsDocument, readonly Finding[]> {
  const plain = factsSchema.safeParse(readPlainJson(text));
  return plain.success ? ok(plain.data) : parseSlowly(file, text);
}

/** JSON is YAML too, and YAML's reader says where something is wrong. */
function parseSlowly(file: string, text: string): Result<FactsDocument, readonly Finding[]> {
  const { root, problems } = readYaml(text);
  if (!root) return fail(toFindings(file, problems));
  const shape = checkShape(factsSchema, root);
  const all = [...problems, ...(shape.ok ? [] : shape.error)];
  if (!shape.ok || all.length > 0) return fail(toFindings(file, all));
  return ok(shape.value);
}
