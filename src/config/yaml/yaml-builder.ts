import { isAlias, isMap, isScalar, isSeq, type ParsedNode, type YAMLMap } from "yaml";
import { type Position, type Problem, quote, type YamlPath } from "./finding.ts";
import { bounds, maxDepth, maxValues } from "./yaml-bounds.ts";
import { childrenOf, type YamlEntry, type YamlNode, type YamlScalar } from "./yaml-tree.ts";

/** `root` is null when there is nothing that a schema could look at; else it is whole, whatever `problems` say. */
export interface Tree {
  readonly root: YamlNode | null;
  readonly problems: readonly Problem[];
}

/** How large a node is when every alias below it is written out. */
interface Extent {
  readonly values: number;
  readonly depth: number;
}

interface Build {
  readonly positionOf: (offset: number) => Position;
  readonly problems: Problem[];
  /** A node enters when it is complete, so an alias never reaches a node that it lies in. */
  readonly anchors: Map<string, YamlNode>;
  readonly extents: Map<YamlNode, Extent>;
  isTooLarge: boolean;
}

export function buildTree(contents: ParsedNode, positionOf: (offset: number) => Position): Tree {
  const build: Build = {
    positionOf,
    problems: [],
    anchors: new Map(),
    extents: new Map(),
    isTooLarge: false,
  };
  const root = nodeOf(build, contents, []);
  return { root: build.isTooLarge ? null : root, problems: build.problems };
}

function nodeOf(build: Build, node: unknown, path: YamlPath): YamlNode {
  const at = positionIn(build, node);
  if (isAlias(node)) {
    const target = build.anchors.get(node.source);
    if (target) return target;
    report(build, {
      at,
      path,
      found: "an alias to nothing that is complete above it",
      expected: "an anchor",
    });
    return empty(at);
  }
  const built = builtFrom(build, node, { at, path });
  const isTagged = (isScalar(node) || isMap(node) || isSeq(node)) && node.tag !== undefined;
  if (isTagged)
    report(build, { at, path, found: "a tag", expected: "none", hint: "quote a value that is text" });
  const kept = withinBounds(build, built, path);
  if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor) build.anchors.set(node.anchor, kept);
  return kept;
}

function builtFrom(build: Build, node: unknown, { at, path }: { at: Position; path: YamlPath }): YamlNode {
  if (isMap(node)) return { kind: "mapping", entries: entriesOf(build, node, path), at };
  if (isSeq(node)) {
    return {
      kind: "list",
      items: node.items.map((item, index) => nodeOf(build, item, [...path, index])),
      at,
    };
  }
  if (!isScalar(node)) return empty(at);
  const { value, source } = node;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return { kind: "scalar", value, source: source ?? String(value), at };
  }
  return empty(at);
}

function entriesOf(build: Build, map: YAMLMap, path: YamlPath): ReadonlyMap<string, YamlEntry> {
  const entries = new Map<string, YamlEntry>();
  for (const { key, value } of map.items) {
    const keyAt = positionIn(build, key);
    const name = nameOf(build, key, { at: keyAt, path });
    if (name === null) continue;
    const first = entries.get(name);
    const child = value === null ? empty(keyAt) : nodeOf(build, value, [...path, name]);
    if (!first) entries.set(name, { keyAt, value: child });
    else report(build, duplicate({ at: keyAt, path: [...path, name] }, first.keyAt));
  }
  return entries;
}

function duplicate(where: { at: Position; path: YamlPath }, first: Position): Problem {
  return {
    ...where,
    found: "the key a second time",
    expected: "it once",
    hint: `it is on line ${first.line} already`,
  };
}

/** Null when the key cannot be a name; then it has been reported. */
function nameOf(build: Build, key: unknown, where: { at: Position; path: YamlPath }): string | null {
  if (!isScalar(key) || typeof key.value !== "string") {
    const found = isScalar(key)
      ? `the key ${quote(key.source ?? "")}, which is no text`
      : "a key that is no text";
    report(build, { ...where, found, expected: "a name", hint: "quote a name that looks like a number" });
    return null;
  }
  if (key.value === "<<") {
    const hint = "merge keys left YAML with version 1.2; write the keys out, or alias a whole value";
    report(build, { ...where, found: "the merge key `<<`", expected: "a name", hint });
    return null;
  }
  // JavaScript gives this name a meaning, and libraries drop it in silence.
  if (key.value === "__proto__") {
    report(build, { ...where, found: "the key `__proto__`", expected: "another name" });
    return null;
  }
  return key.value;
}

/** INVARIANT: no node that enters the tree is larger than the bounds when its aliases are written out. */
function withinBounds(build: Build, node: YamlNode, path: YamlPath): YamlNode {
  let values = 1;
  let depth = 0;
  for (const child of childrenOf(node)) {
    const extent = build.extents.get(child) ?? { values: 1, depth: 1 };
    values += extent.values;
    depth = Math.max(depth, extent.depth);
  }
  if (values > maxValues || depth >= maxDepth) {
    if (!build.isTooLarge) {
      const found = values > maxValues ? "too many values" : "values nested too deeply";
      report(build, { at: node.at, path, found, expected: bounds });
    }
    build.isTooLarge = true;
    return empty(node.at);
  }
  build.extents.set(node, { values, depth: depth + 1 });
  return node;
}

function report(build: Build, problem: Problem): void {
  build.problems.push(problem);
}

function positionIn(build: Build, node: unknown): Position {
  const range = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : null;
  return build.positionOf(range?.[0] ?? 0);
}

function empty(at: Position): YamlScalar {
  return { kind: "scalar", value: null, source: "", at };
}
