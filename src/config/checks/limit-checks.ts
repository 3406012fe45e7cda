// Whoever is limited by tokens or money can use no model of which nobody says how many it takes, or what it costs.
import { type Problem, quote } from "../yaml/finding.ts";
import { suggest } from "../yaml/suggest.ts";
import { childOf, childrenOf, type Located, locate, textOf, type YamlNode } from "../yaml/yaml-tree.ts";

export function checkLimits(root: YamlNode): readonly Problem[] {
  return [
    ...locate(root, "tenants", "*").flatMap((tenant) => [
      ...checkTeams(tenant),
      ...checkTokens(root, tenant),
      ...checkPrices(root, tenant),
    ]),
    ...checkCurrencies(root),
  ];
}

function checkTeams({ path, node }: Located): readonly Problem[] {
  const teams = locate(node, "teams", "*").map((team) => String(team.path.at(-1)));
  return locate(node, "keys", "*", "team").flatMap((named) => {
    const written = textOf(named.node);
    if (written === null || teams.includes(written)) return [];
    const hint = suggest(written, teams);
    const found = quote(written);
    return [
      { at: named.node.at, path: [...path, ...named.path], found, expected: "a team of the tenant", hint },
    ];
  });
}

const anyone = [["limits"], ["teams", "*", "limits"], ["keys", "*", "limits"]];

function checkTokens(root: YamlNode, tenant: Located): readonly Problem[] {
  const limits = [
    ...anyone.flatMap((pattern) => locate(tenant.node, ...pattern, "tokens-per-minute")),
    ...locate(tenant.node, "limits", "budget"),
  ];
  if (limits.length === 0) return [];
  const model = usableModels(root, tenant).find(({ node }) => !childOf(node, "tokens"));
  if (model === undefined) return [];
  const found = `a limit of tokens or money, though model \`${model.path.at(-1)}\` does not say how many it takes`;
  return limits.map((limit) => ({
    at: limit.keyAt,
    path: [...tenant.path, ...limit.path],
    found,
    expected: "models that state `tokens: { context, output }`, or no limit of the kind",
  }));
}

function checkPrices(root: YamlNode, tenant: Located): readonly Problem[] {
  return locate(tenant.node, "limits", "budget").flatMap(({ path, keyAt }) => {
    const served = usableModels(root, tenant).flatMap((model) =>
      locate(model.node, "served-by", "*").map((serving) => ({ model, serving })),
    );
    const free = served.find(({ serving }) => !childOf(serving.node, "price"));
    if (free === undefined) return [];
    const [model, endpoint] = [free.model.path.at(-1), free.serving.path.at(-1)];
    const found = `a budget, though \`${endpoint}\` has no \`price\` for model \`${model}\``;
    const expected =
      "a price for each endpoint of each model that the tenant may use; `0` where it costs nothing";
    return [{ at: keyAt, path: [...tenant.path, ...path], found, expected }];
  });
}

function usableModels(root: YamlNode, { node }: Located): readonly Located[] {
  const list = childOf(node, "models");
  const models = locate(root, "models", "*");
  if (list === undefined) return models;
  const names = new Set(childrenOf(list).map(textOf));
  return models.filter(({ path }) => names.has(String(path.at(-1))));
}

/** Nothing converts one into another, and their sum is no amount. */
function checkCurrencies(root: YamlNode): readonly Problem[] {
  const stated = [
    ...locate(root, "models", "*", "served-by", "*", "price", "currency"),
    ...locate(root, "tenants", "*", "limits", "budget", "currency"),
  ];
  const first = textOf(stated[0]?.node);
  return stated.flatMap(({ path, node }) => {
    const currency = textOf(node);
    if (currency === null || first === null || currency === first) return [];
    return [
      { at: node.at, path, found: quote(currency), expected: `\`${first}\`, as elsewhere in the policy` },
    ];
  });
}
