import type { Position, YamlPath } from "./finding.ts";

/** A YAML document as a tree in which every value and every key knows where it stands. Aliases share their node. */
export type YamlNode = YamlScalar | YamlList | YamlMapping;

export interface YamlScalar {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  /** As written, so that `1.10` can be shown although its value is 1.1. */
  readonly source: string;
  readonly at: Position;
}

interface YamlList {
  readonly kind: "list";
  readonly items: readonly YamlNode[];
  readonly at: Position;
}

interface YamlMapping {
  readonly kind: "mapping";
  readonly entries: ReadonlyMap<string, YamlEntry>;
  readonly at: Position;
}

export interface YamlEntry {
  readonly keyAt: Position;
  readonly value: YamlNode;
}

/** One place that a pattern met. */
export interface Located {
  readonly path: YamlPath;
  readonly node: YamlNode;
  /** Of the key; for a list's item and for the whole document, of the value. */
  readonly keyAt: Position;
}

/** JavaScript values for a schema to check. Objects have no prototype, so no key has a meaning of its own. */
export function toPlain(node: YamlNode): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(toPlain);
  const plain = Object.create(null) as Record<string, unknown>;
  for (const [name, { value }] of node.entries) plain[name] = toPlain(value);
  return plain;
}

/**
 * Every node that `pattern` names, `*` standing for any key or item. Checks across a file work on the tree, not on
 * the parsed value, so that one mistake in a file hides no other.
 */
export function locate(root: YamlNode, ...pattern: readonly string[]): readonly Located[] {
  let places: readonly Located[] = [{ path: [], node: root, keyAt: root.at }];
  for (const step of pattern) places = places.flatMap((place) => stepInto(place, step));
  return places;
}

/** The node at `path`, or the nearest one above it that exists. */
export function nearest(root: YamlNode, path: YamlPath): Located & { readonly isExact: boolean } {
  let located: Located = { path: [], node: root, keyAt: root.at };
  for (const step of path) {
    const next = typeof step === "number" ? itemOf(located, step) : entryOf(located, step);
    if (next === null) return { ...located, isExact: false };
    located = next;
  }
  return { ...located, isExact: true };
}

/** The text of a scalar, or null for anything else. */
export function textOf(node: YamlNode | undefined): string | null {
  return node?.kind === "scalar" && typeof node.value === "string" ? node.value : null;
}

/** The number that a scalar is, or null for anything else. */
export function numberOf(node: YamlNode | undefined): number | null {
  return node?.kind === "scalar" && typeof node.value === "number" ? node.value : null;
}

/** The value under `name`, if `node` is a mapping that has it. */
export function childOf(node: YamlNode, name: string): YamlNode | undefined {
  return node.kind === "mapping" ? node.entries.get(name)?.value : undefined;
}

/** The nodes right below. */
export function childrenOf(node: YamlNode): readonly YamlNode[] {
  if (node.kind === "scalar") return [];
  if (node.kind === "list") return node.items;
  return Array.from(node.entries.values(), ({ value }) => value);
}

/** What is right below, with its path and key. */
export function stepsFrom({ path, node }: Located): readonly Located[] {
  if (node.kind === "scalar") return [];
  if (node.kind === "list") {
    return node.items.map((item, index) => ({ path: [...path, index], node: item, keyAt: item.at }));
  }
  return Array.from(node.entries, ([name, { keyAt, value }]) => ({
    path: [...path, name],
    node: value,
    keyAt,
  }));
}

function stepInto(located: Located, step: string): readonly Located[] {
  if (step === "*") return stepsFrom(located);
  const entry = entryOf(located, step);
  return entry ? [entry] : [];
}

function entryOf({ path, node }: Located, name: string): Located | null {
  const entry = node.kind === "mapping" ? node.entries.get(name) : undefined;
  return entry ? { path: [...path, name], node: entry.value, keyAt: entry.keyAt } : null;
}

function itemOf({ path, node }: Located, index: number): Located | null {
  const item = node.kind === "list" ? node.items[index] : undefined;
  return item ? { path: [...path, index], node: item, keyAt: item.at } : null;
}
