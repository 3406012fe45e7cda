import { type Finding, type Problem, quote } from "../yaml/finding.ts";
import { replacement } from "./override.ts";
import { parseProvider } from "./parse-provider.ts";
import { hintFor, type PackShelf, type PackText } from "./pinned-packs.ts";
import type { ProviderDocument } from "../schema/provider-schema.ts";
import { type Located, locate, textOf, type YamlNode } from "../yaml/yaml-tree.ts";

interface UsedProvider {
  readonly document: ProviderDocument;
  readonly source: PackText;
  /** Where the policy names it first. */
  readonly use: Located;
}

export interface UsedProviders {
  /** In the order in which endpoints name them. Those that could be read. */
  readonly providers: ReadonlyMap<string, UsedProvider>;
  /** About the policy. */
  readonly problems: readonly Problem[];
  /** About the providers' own files. */
  readonly findings: readonly Finding[];
}

/** Reads the providers that endpoints name. */
export function readUsedProviders(root: YamlNode, { readPack, packNames }: PackShelf): UsedProviders {
  const providers = new Map<string, UsedProvider>();
  const problems: Problem[] = [];
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const use of locate(root, "endpoints", "*", "provider")) {
    const id = textOf(use.node) ?? "";
    // A name goes into a path: nothing else may reach `readPack`. The schema reports what is none.
    if (!/^[a-z0-9-]{1,63}$/.test(id) || seen.has(id)) continue;
    seen.add(id);
    const source = readPack(`providers/${id}`);
    if (!source) {
      problems.push(unknown(use, id, packNames?.("providers") ?? []));
      continue;
    }
    const parsed = parseProvider({ ...source, id });
    if (!parsed.ok) {
      findings.push(...parsed.error);
      continue;
    }
    providers.set(id, { document: parsed.value, source, use });
    problems.push(...doubts(use, parsed.value));
  }
  return { providers, problems, findings };
}

function unknown({ node, path }: Located, id: string, names: readonly string[]): Problem {
  const otherwise =
    "a provider is a file `packs/providers/<name>.yaml`; or say `place` and `operator` yourself";
  return {
    at: node.at,
    path,
    found: quote(id),
    expected: "the name of a provider that exists",
    hint: hintFor(id, names, otherwise),
  };
}

/** Such a provider is lawful to use, and whoever signs the policy should know on what its places rest. */
function doubts({ node, path }: Located, { id, confidence, reason }: ProviderDocument): readonly Problem[] {
  const at = { at: node.at, path };
  const replaced = reason === undefined ? [] : [{ ...at, ...replacement(id, reason) }];
  if (confidence === "verified" || confidence === "secondary") return replaced;
  const found = `${quote(id)}, a provider whose confidence is \`${confidence}\``;
  const hint = "hold its places against your contract before you rely on them";
  return [...replaced, { ...at, severity: "warning", found, expected: "`verified` or `secondary`", hint }];
}
