// docs/config.md, written from the schemas that check the files.
import { alternatives, dereferenced, type JsonSchema } from "./json-schema.ts";
import {
  cellFileJsonSchema,
  packJsonSchema,
  policyJsonSchema,
  providerJsonSchema,
} from "./published-schemas.ts";
import { readingRules } from "./reading-rules.ts";

/** Markdown. */
export function configReference(): string {
  const chapters = [
    chapter("The policy", policyJsonSchema()),
    chapter("The cell file", cellFileJsonSchema()),
    chapter("Packs", packJsonSchema()),
    chapter("Providers", providerJsonSchema()),
  ];
  return `${[readingRules, ...chapters].join("\n\n")}\n`;
}

function chapter(title: string, root: JsonSchema): string {
  const sections = sectionsOf({ root, shown: new Set() }, "", root);
  return [`## ${title}`, root.description ?? "", ...sections].join("\n\n");
}

interface Chapter {
  readonly root: JsonSchema;
  /** Titles of mappings that have their table: one that holds itself needs no second. */
  readonly shown: Set<string>;
}

/** A table for the mapping at `path`, then those of the mappings in it. The path of the file itself is empty. */
function sectionsOf(chapter: Chapter, path: string, mapping: JsonSchema): readonly string[] {
  const members = Object.entries(mapping.properties ?? {});
  const heading =
    path === ""
      ? []
      : [`### \`${path}\`${kindWords(mapping)}`, ...(mapping.description ? [mapping.description] : [])];
  const rows = members.map(([key, value]) =>
    row(chapter, { key, value, isRequired: mapping.required?.includes(key) ?? false }),
  );
  const table = ["| key | value | default | meaning |", "|---|---|---|---|", ...rows].join("\n");
  const inner = members.flatMap(([key, value]) =>
    within(chapter, path === "" ? key : `${path}.${key}`, value),
  );
  return [...heading, table, ...inner];
}

/** Says which mapping this is, where several may stand in one place. */
function kindWords({ properties = {}, required = [] }: JsonSchema): string {
  const fixed = Object.entries(properties).find(
    ([key, { const: value }]) => typeof value === "string" && required.includes(key),
  );
  return fixed ? ` with \`${fixed[0]}: ${fixed[1].const}\`` : "";
}

function within(chapter: Chapter, path: string, value: JsonSchema): readonly string[] {
  return alternatives(chapter.root, value).flatMap((schema) => {
    if (schema.title !== undefined && chapter.shown.has(schema.title)) return [];
    if (schema.properties) {
      if (schema.title !== undefined) chapter.shown.add(schema.title);
      return sectionsOf(chapter, path, schema);
    }
    if (schema.items) return within(chapter, `${path}[]`, schema.items);
    const named = schema.additionalProperties;
    return typeof named === "object" ? within(chapter, `${path}.<name>`, named) : [];
  });
}

interface Member {
  readonly key: string;
  readonly value: JsonSchema;
  readonly isRequired: boolean;
}

function row({ root }: Chapter, { key, value, isRequired }: Member): string {
  const { description } = dereferenced(root, value);
  const byDefault = isRequired ? "**required**" : defaultWords(value.default);
  return `| \`${key}\` | ${valueWords(root, value)} | ${byDefault} | ${description ?? ""} |`;
}

function defaultWords(value: unknown): string {
  if (value === undefined || (typeof value === "object" && Object.keys(value ?? {}).length === 0)) return "";
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

function valueWords(root: JsonSchema, value: JsonSchema): string {
  const schema = dereferenced(root, value);
  if (schema.title !== undefined) return schema.title;
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum) return schema.enum.map((choice) => `\`${choice}\``).join(", ");
  if (schema.anyOf) return schema.anyOf.map((each) => valueWords(root, each)).join(", or ");
  if (schema.items) return `list of ${valueWords(root, schema.items)}`;
  if (schema.type === "integer") return `${schema.minimum} to ${schema.maximum}`;
  if (schema.type === "null") return "nothing";
  if (typeof schema.additionalProperties === "object" && !schema.properties) {
    return `names → ${valueWords(root, schema.additionalProperties)}`;
  }
  return schema.type === "object" ? "mapping" : (schema.type ?? "");
}
