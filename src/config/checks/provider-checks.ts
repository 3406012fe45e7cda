// An endpoint says where it is in one of two ways: a provider with a region, whose places are data, or places and an
// operator of its author's own. Never both, so nothing can contradict the data.
import {
  engineKinds,
  type EngineName,
  isEngineName,
  vertexLocation,
  vertexProject,
} from "../../law/index.ts";
import { type Problem, quote } from "../yaml/finding.ts";
import type { ProviderDocument, ProviderRegion } from "../schema/provider-schema.ts";
import { suggest } from "../yaml/suggest.ts";
import { childOf, type Located, locate, textOf, type YamlNode } from "../yaml/yaml-tree.ts";

type Providers = ReadonlyMap<string, { readonly document: ProviderDocument }>;

export function checkProviders(root: YamlNode, providers: Providers): readonly Problem[] {
  const endpoints = locate(root, "endpoints", "*").flatMap((endpoint) => {
    if (endpoint.node.kind !== "mapping") return [];
    if (!childOf(endpoint.node, "provider"))
      return [...checkOwnSiting(endpoint), ...checkPlaced(endpoint), ...checkWatched(endpoint, null)];
    return [...checkNothingTwice(endpoint), ...checkRegion(root, endpoint, providers)];
  });
  return [...endpoints, ...checkOperators(root, providers)];
}

/** Who controls an operator must not depend on which of two descriptions is read. */
function checkOperators(root: YamlNode, providers: Providers): readonly Problem[] {
  const provided = new Map(Array.from(providers, ([id, { document }]) => [document.operator.id, id]));
  return locate(root, "operators", "*").flatMap(({ path, keyAt }) => {
    const name = String(path.at(-1));
    const provider = provided.get(name);
    if (provider === undefined) return [];
    const expected = `another name: provider ${quote(provider)} says who ${quote(name)} is`;
    return [{ at: keyAt, path, found: `the operator ${quote(name)}`, expected }];
  });
}

function checkOwnSiting({ path, node, keyAt }: Located): readonly Problem[] {
  const expectations = {
    place: "a place such as `DE`, `CA-QC` or `AE+DIFC`, or a list of places",
    operator: "an operator of `operators`",
  };
  const missing = Object.entries(expectations).filter(([key]) => !childOf(node, key));
  const region = locate(node, "region").map(({ keyAt: at }) => ({
    at,
    path: [...path, "region"],
    found: "a `region`",
    expected: "a `provider` beside it",
  }));
  return [
    ...missing.map(([key, expected]) => ({ at: keyAt, path: [...path, key], found: "nothing", expected })),
    ...region,
  ];
}

const placedWords = {
  model: (engine: string) => `names of models choose where engine ${engine} computes, and its data says how`,
  region: (engine: string) => `engine ${engine} computes in the location that the label of its region names`,
};

/** Nobody's own list of places covers what a model's name adds to it, or holds a location to its host. */
function checkPlaced({ path, node }: Located): readonly Problem[] {
  const engine = childOf(node, "engine");
  const written = textOf(engine);
  if (!engine || written === null || !isEngineName(written)) return [];
  const { placedBy } = engineKinds[written];
  if (!placedBy) return [];
  return [
    {
      at: engine.at,
      path: [...path, "provider"],
      found: "nothing",
      expected: `a provider: ${placedWords[placedBy](quote(written))}`,
    },
  ];
}

function checkNothingTwice({ path, node }: Located): readonly Problem[] {
  return ["place", "stores", "operator"].flatMap((key) =>
    locate(node, key).map(({ keyAt }) => ({
      at: keyAt,
      path: [...path, key],
      found: `a \`${key}\``,
      expected: "none: it comes from the provider's data",
      hint: "leave out `provider` and `region` to say everything yourself",
    })),
  );
}

interface Choice {
  readonly root: YamlNode;
  readonly endpoint: Located;
  readonly provider: ProviderDocument;
  readonly label: string;
  readonly region: ProviderRegion;
}

function checkRegion(root: YamlNode, endpoint: Located, providers: Providers): readonly Problem[] {
  const { path, node, keyAt } = endpoint;
  const provider = providers.get(textOf(childOf(node, "provider")) ?? "")?.document;
  if (!provider) return [];
  const labels = Object.keys(provider.regions);
  const written = childOf(node, "region");
  const label = textOf(written);
  const region =
    label !== null && Object.hasOwn(provider.regions, label) ? provider.regions[label] : undefined;
  if (label !== null && region) {
    const choice = { root, endpoint, provider, label, region };
    const checks = [checkKnown, checkUrl, checkProject, checkEngine, checkServes, checkModels];
    const scope = scopeOf(provider, label);
    return [...checks.flatMap((check) => check(choice)), ...checkWatched(endpoint, scope)];
  }
  return [
    {
      at: written?.at ?? keyAt,
      path: [...path, "region"],
      found: label === null ? "nothing" : quote(label),
      expected: `a region of provider ${quote(provider.id)}`,
      hint: suggest(label ?? "", labels),
    },
  ];
}

function checkKnown({ endpoint, provider, label, region }: Choice): readonly Problem[] {
  const unknown = [...(region.computes ? [] : ["computes"]), ...(region.stores ? [] : ["stores"])];
  if (unknown.length === 0) return [];
  const at = childOf(endpoint.node, "region")?.at ?? endpoint.keyAt;
  return [
    {
      severity: "warning",
      at,
      path: [...endpoint.path, "region"],
      found: `${quote(label)}, of which nobody can say where ${quote(provider.id)} ${unknown.join(" and ")}`,
      expected: "a region whose places are known",
      hint: "no request will be sent there",
    },
  ];
}

/** The URL is what chooses the region: another one would compute somewhere else. */
function checkUrl({ endpoint, provider, label, region }: Choice): readonly Problem[] {
  const { path, node, keyAt } = endpoint;
  const url = childOf(node, "url");
  const at = { at: url?.at ?? keyAt, path: [...path, "url"] };
  if (region.url !== undefined) {
    if (!url) return [];
    return [{ ...at, found: "a `url`", expected: `none: ${quote(label)} is called at ${quote(region.url)}` }];
  }
  const written = textOf(url);
  const expected = `a URL at ${quote(region.host ?? "")}, where ${quote(provider.id)} is called`;
  if (written === null) return url ? [] : [{ ...at, found: "nothing", expected }];
  return isAt(written, region.host ?? "") ? [] : [{ ...at, found: quote(written), expected }];
}

function isAt(url: string, pattern: string): boolean {
  const host = /^https:\/\/([^/:]+)(?:[:/]|$)/.exec(url)?.[1] ?? "";
  return pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) : host === pattern;
}

/**
 * The location that Vertex is asked for is the region's label, so that it agrees with the host, which is the label's too. A URL
 * says the project alone.
 */
function checkProject({ endpoint: { path, node, keyAt }, label, region }: Choice): readonly Problem[] {
  if (textOf(childOf(node, "engine")) !== "vertex") return [];
  const url = childOf(node, "url");
  const problem = { at: url?.at ?? keyAt, path: [...path, "url"] };
  if (!vertexLocation.test(label)) {
    const at = childOf(node, "region")?.at ?? keyAt;
    const expected = "a region whose label is a location of Google Cloud's, such as `europe-west3`";
    return [{ at, path: [...path, "region"], found: quote(label), expected }];
  }
  const base = `\`https://${region.host ?? ""}/v1/projects/<project>\``;
  const [, rest = ""] = /^https?:\/\/[^/]+(\/.*)?$/.exec(textOf(url) ?? "") ?? [];
  const [, project] = /^\/v1\/projects\/([^/]+)$/.exec(rest) ?? [];
  if (project !== undefined) {
    if (vertexProject.test(project)) return [];
    const expected = "a project's id: lower-case letters, digits and dashes, such as `acme-ai`";
    return [{ ...problem, found: `the project ${quote(project)}`, expected }];
  }
  if (rest !== "") {
    const expected = `${base}: the location is that of the region, ${quote(label)}, and the cell writes it itself`;
    return [{ ...problem, found: `a URL with the path ${quote(rest)}`, expected }];
  }
  if (childOf(node, "key")) return [];
  const expected = `${base}, since without a \`key\` no key file names the project`;
  return [{ ...problem, found: "a URL without a project", expected }];
}

function checkEngine({ endpoint, label, region }: Choice): readonly Problem[] {
  const engine = childOf(endpoint.node, "engine");
  const written = textOf(engine);
  if (!engine || written === null) return [];
  const path = [...endpoint.path, "engine"];
  const at = { at: engine.at, path, found: `${quote(written)} for ${quote(label)}` };
  if (region.engines.some((name) => name === written)) return plainerThan(region, written, at);
  const names = region.engines.map(quote).join(", ");
  const expected =
    names === "" ? "another region: no engine of this version can choose it" : `one of ${names}`;
  return [{ ...at, expected }];
}

/** What an engine says to its provider that another one of the same dialect leaves to the provider. */
const sayings: Readonly<Partial<Record<EngineName, string>>> = {
  openai:
    "it says `store: false` for whoever says nothing; without, OpenAI keeps the chats of an account that has not turned that off",
};

function plainerThan(
  { engines }: ProviderRegion,
  written: string,
  at: Pick<Problem, "at" | "path" | "found">,
): readonly Problem[] {
  return engines.flatMap((name): readonly Problem[] => {
    const hint = sayings[name];
    if (hint === undefined || name === written) return [];
    return [{ severity: "warning", ...at, expected: `engine ${quote(name)}`, hint }];
  });
}

/** What is asked of it beyond these, it may compute elsewhere. */
function checkServes({ endpoint, label, region }: Choice): readonly Problem[] {
  const { serves } = region;
  if (serves === undefined) return [];
  return locate(endpoint.node, "serves", "*").flatMap(({ path, node }) => {
    const written = textOf(node);
    if (written === null || serves.some((name) => name === written)) return [];
    const expected = `one of ${serves.map(quote).join(", ")}, for which alone ${quote(label)} is known`;
    return [{ at: node.at, path: [...endpoint.path, ...path], found: quote(written), expected }];
  });
}

/** A model's name can choose where it computes too, and some places hold for some models only. */
function checkModels({ root, endpoint, provider, label, region }: Choice): readonly Problem[] {
  const id = String(endpoint.path.at(-1));
  const short = locate(root, "models", "*", "served-by", id);
  return [...short, ...locate(root, "models", "*", "served-by", id, "model")].flatMap(({ path, node }) => {
    const model = textOf(node);
    if (model === null) return [];
    const expected = expectedModel({ provider, label, region }, model);
    return expected === null ? [] : [{ at: node.at, path, found: quote(model), expected }];
  });
}

type Chosen = Pick<Choice, "provider" | "label" | "region">;

/** Says which models the region's places hold for; null when they hold for this one. */
function expectedModel({ provider, label, region }: Chosen, model: string): string | null {
  if (region.models && !region.models.includes(model)) {
    return `one of ${region.models.map(quote).join(", ")}, for which alone ${quote(label)} is known`;
  }
  const scope = scopeOf(provider, label);
  const named = provider.model_scopes.length > 0 ? modelNamedBy(model, label) : model;
  if (named === null)
    return `a model's own name, or the ARN of a model or of a profile of the provider's in the region of ${quote(label)}: nobody can say where another one computes`;
  if (scopeIn(provider, (word) => named.startsWith(`${word}.`)) === scope) return null;
  return scope === null
    ? `a model without a prefix, because ${quote(label)} has none`
    : `a model that begins with \`${scope}.\`, because the region is ${quote(label)}`;
}

/**
 * The name inside an ARN, and of what else is none itself; null where that does not show where it computes: an application's
 * own profile, a router, or what lies in another region.
 */
function modelNamedBy(model: string, label: string): string | null {
  if (!model.startsWith("arn:")) return model;
  const [, region, name] =
    /^arn:[^:]*:bedrock:([^:]*):[^:]*:(?:foundation-model|inference-profile|provisioned-model|imported-model|custom-model-deployment)\/([^/]+)$/.exec(
      model,
    ) ?? [];
  const source = label.split("/")[0];
  return region === source || source === "global" ? (name ?? null) : null;
}

/** The word that models' names begin with where they are called by this label. */
function scopeOf(provider: ProviderDocument, label: string): string | null {
  return scopeIn(provider, (word) => label === word || label.endsWith(`/${word}`));
}

/** Where no name spreads there is nothing to ask, another engine asks nothing, and without a key nobody answers. */
function checkWatched({ path, node }: Located, scope: string | null): readonly Problem[] {
  return locate(node, "watch-regions").flatMap(({ keyAt: at }) => {
    const problem = { at, path: [...path, "watch-regions"], found: "`watch-regions`" };
    const engine = textOf(childOf(node, "engine")) ?? "";
    const asks = isEngineName(engine) && engineKinds[engine].placedBy === "model";
    if (scope === null || !asks) {
      const where = "engine `bedrock` asks, of models whose names spread, as in the region `eu-central-1/eu`";
      return [{ ...problem, expected: `none: ${where}` }];
    }
    const expected = "a `key` beside it, with which the provider is asked";
    return childOf(node, "key") ? [] : [{ ...problem, expected }];
  });
}

function scopeIn({ model_scopes }: ProviderDocument, isMeant: (word: string) => boolean): string | null {
  return model_scopes.find(isMeant) ?? null;
}
