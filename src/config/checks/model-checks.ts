import { boundExits, keepingExits } from "../values/allowed-exit.ts";
import type { Problem } from "../yaml/finding.ts";
import { childOf, type Located, locate, numberOf, textOf, type YamlNode } from "../yaml/yaml-tree.ts";

export function checkModels(root: YamlNode): readonly Problem[] {
  return [
    ...checkRules(root),
    ...checkKeeping(root),
    ...checkBound(root),
    ...checkAllServing(root),
    ...checkHedge(root),
  ];
}

function checkAllServing(root: YamlNode): readonly Problem[] {
  return locate(root, "models", "*").flatMap((model) => checkServing(root, model));
}

/** The law was decided on how long an endpoint keeps what it was sent; a caller that has it stored makes that untrue. */
function checkKeeping(root: YamlNode): readonly Problem[] {
  return locate(root, "models", "*", "allows", "*").flatMap(({ path, node }) => {
    const name = textOf(node);
    if (!keepingExits.some((exit) => exit === name)) return [];
    const served = locate(root, "models", String(path[1]), "served-by", "*").map((endpoint) =>
      String(endpoint.path.at(-1)),
    );
    const bound = served.find((id) => locate(root, "endpoints", id, "retention-days").length > 0);
    if (bound === undefined) return [];
    const found = `\`${name}\`, though endpoint \`${bound}\` states \`retention-days\``;
    return [{ at: node.at, path, found, expected: "no member that makes it keep more than that" }];
  });
}

/** Nobody knows which endpoint has it, and another one would not know it: or would, and it would be another's. */
function checkBound(root: YamlNode): readonly Problem[] {
  return locate(root, "models", "*", "allows", "*").flatMap(({ path, node }) => {
    const name = textOf(node);
    const served = locate(root, "models", String(path[1]), "served-by", "*");
    if (served.length < 2 || !boundExits.some((exit) => exit === name)) return [];
    const found = `\`${name}\`, though the model has ${served.length} endpoints`;
    return [{ at: node.at, path, found, expected: "one endpoint, which alone knows what it has kept" }];
  });
}

/** Rules are read in mode `hybrid` alone; elsewhere their author would believe in them for nothing. */
function checkRules(root: YamlNode): readonly Problem[] {
  return locate(root, "models", "*", "rules").flatMap(({ path, keyAt }) => {
    const [model] = locate(root, "models", String(path[1]));
    const mode = model && childOf(model.node, "mode");
    if (textOf(mode) === "hybrid") return [];
    return [{ at: keyAt, path, found: "rules", expected: "none, or `mode: hybrid`" }];
  });
}

/** Beside an endpoint that is alone in its cell, or in its order there, nobody is ever asked. */
function checkHedge(root: YamlNode): readonly Problem[] {
  return locate(root, "models", "*").flatMap((model) => {
    const served = locate(model.node, "served-by", "*").flatMap((each) => servedIn(root, model.path, each));
    const hasRival = served.some((each) =>
      served.some((other) => other !== each && other.cell === each.cell && other.order === each.order),
    );
    if (hasRival || served.length === 0) return [];
    const found = "`hedge`, though no two endpoints of the model are of one cell and one order";
    return warnings(model, "hedge", { found, expected: "none, or two endpoints to choose from" });
  });
}

/** One endpoint of a model, beside the others that its cell may ask for it. */
interface Served {
  readonly located: Located;
  readonly cell: string;
  /** Null when it cannot be read, which the schema reports. */
  readonly order: number | null;
}

/** Orders and weights are read among the endpoints of one cell: no cell asks those of another. */
function checkServing(root: YamlNode, { path, node }: Located): readonly Problem[] {
  const served = locate(node, "served-by", "*").flatMap((located) => servedIn(root, path, located));
  return served.flatMap((each) => {
    const beside = served.filter((other) => other !== each && other.cell === each.cell);
    return [...checkOrder(each, beside), ...checkWeight(each, beside)];
  });
}

/** Nothing for an endpoint whose cell is not known, which is reported elsewhere. */
function servedIn(root: YamlNode, above: Located["path"], located: Located): readonly Served[] {
  const [home] = locate(root, "endpoints", String(located.path.at(-1)), "cell");
  const cell = textOf(home?.node);
  if (cell === null) return [];
  const order = childOf(located.node, "order");
  const path = [...above, ...located.path];
  return [{ located: { ...located, path }, cell, order: order ? numberOf(order) : 1 }];
}

/** A fallback to nothing, which is asked first after all, is most likely a slip. */
function checkOrder({ located, cell, order }: Served, beside: readonly Served[]): readonly Problem[] {
  if (order === null || order === 1 || beside.some((other) => other.order === null)) return [];
  if (beside.some((other) => other.order === order - 1)) return [];
  const found = `order ${order} where no endpoint of cell \`${cell}\` has order ${order - 1}`;
  return warnings(located, "order", { found, expected: "orders that begin with 1 and leave none out" });
}

function checkWeight({ located, order }: Served, beside: readonly Served[]): readonly Problem[] {
  if (order === null || beside.some((other) => other.order === order || other.order === null)) return [];
  return warnings(located, "weight", {
    found: "a weight, but no other endpoint of its cell and order",
    expected: "none, or another endpoint to share with",
  });
}

function warnings(
  { path, node }: Located,
  key: string,
  told: Pick<Problem, "found" | "expected">,
): readonly Problem[] {
  return locate(node, key).map((member) => ({
    severity: "warning",
    at: member.node.at,
    path: [...path, key],
    ...told,
  }));
}
