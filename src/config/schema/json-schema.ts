import type { YamlPath } from "../yaml/finding.ts";

/** The members of JSON Schema 2020-12 that our schemas use. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly const?: string | number | boolean;
  readonly enum?: readonly (string | number)[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  /** The forms that a mapping may have, which one of its members tells apart. */
  readonly oneOf?: readonly JsonSchema[];
}

/** The keys that a mapping at `path` may have. */
export function knownKeys(root: JsonSchema, path: YamlPath): readonly string[] {
  let found: readonly JsonSchema[] = alternatives(root, root);
  for (const step of path) {
    found = found.flatMap((each) => below(each, step)).flatMap((each) => alternatives(root, each));
  }
  return found.flatMap(({ properties }) => Object.keys(properties ?? {}));
}

/** What a schema stands for, once references are followed and unions opened. */
export function alternatives(root: JsonSchema, schema: JsonSchema): readonly JsonSchema[] {
  const { anyOf, oneOf, ...single } = dereferenced(root, schema);
  return (anyOf ?? oneOf)?.flatMap((each) => alternatives(root, each)) ?? [single];
}

/** What a reference leads to, with what was said of it on the way. */
export function dereferenced(root: JsonSchema, schema: JsonSchema): JsonSchema {
  const { $ref, ...own } = schema;
  if ($ref === undefined) return own;
  const target = $ref === "#" ? root : root.$defs?.[$ref.replace("#/$defs/", "")];
  return { ...dereferenced(root, target ?? {}), ...own };
}

function below(
  { properties, additionalProperties, items }: JsonSchema,
  step: string | number,
): readonly JsonSchema[] {
  if (typeof step === "number") return items ? [items] : [];
  if (properties && Object.hasOwn(properties, step)) return [properties[step] ?? {}];
  return typeof additionalProperties === "object" ? [additionalProperties] : [];
}
