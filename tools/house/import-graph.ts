// Which file imports which, and what shape that makes: circles of files, arrows between folders, crowded folders.
import { dirname, join } from "node:path/posix";
import { parseSync, type ParseResult } from "oxc-parser";
import { nodesOf } from "./syntax-tree.ts";

export interface Import {
  /** As it is written, such as `../law/index.ts` or `node:fs`. */
  readonly specifier: string;
  /** Nothing of it is left when the program runs. A reader has to follow it all the same. */
  readonly isTypeOnly: boolean;
}

/** Every way in which a file names another: imports, re-exports, `import("…")` as an expression and as a type. */
export function importsOf(file: string, text: string): readonly Import[] {
  const parsed = parseSync(file, text);
  return [
    ...parsed.module.staticImports.map(({ moduleRequest, entries }) => ({
      specifier: moduleRequest.value,
      // An import without names is there for what it does.
      isTypeOnly: entries.length > 0 && entries.every(({ isType }) => isType),
    })),
    ...reExports(parsed),
    ...dynamicImports(parsed, text),
    // Most files have none, and the syntax tree is slow to read.
    ...(text.includes("import(") ? importedTypes(parsed) : []),
  ];
}

/** By importer, the files that it imports. Every file has a row, and files outside of the graph are left out. */
export type ImportGraph = ReadonlyMap<string, ReadonlySet<string>>;

/** Of texts by path; relative imports are resolved to those paths, and all others are dropped. */
export function importGraphOf(
  sources: ReadonlyMap<string, string>,
  isWanted: (found: Import) => boolean = () => true,
): ImportGraph {
  const importedBy = (file: string, text: string): ReadonlySet<string> => {
    const relative = importsOf(file, text).filter(
      (found) => found.specifier.startsWith(".") && isWanted(found),
    );
    const targets = relative.map(({ specifier }) => join(dirname(file), specifier));
    return new Set(targets.filter((target) => sources.has(target)));
  };
  return new Map([...sources].map(([file, text]) => [file, importedBy(file, text)]));
}

/** The strongly connected components of more than one member: in each, every member leads to every other. */
export function circlesOf(graph: ImportGraph): readonly (readonly string[])[] {
  const reach = new Map([...graph.keys()].map((member) => [member, reachableFrom(graph, member)]));
  const circleOf = (member: string): readonly string[] =>
    [...(reach.get(member) ?? [])].filter((other) => reach.get(other)?.has(member)).toSorted();
  const circles = [...graph.keys()].map(circleOf).filter(({ length }) => length > 1);
  // Every member has found the same circle.
  return [...new Map(circles.map((circle) => [circle.join("\n"), circle])).values()];
}

/** Arrows between the folders in which the files of `room` lie directly. A folder has no arrow to itself. */
export function folderGraphOf(graph: ImportGraph, room: string): ImportGraph {
  const folders = new Map<string, Set<string>>();
  for (const [file, targets] of graph) {
    if (!isIn(file, room)) continue;
    const folder = dirname(file);
    const arrows = folders.get(folder) ?? new Set();
    folders.set(folder, arrows);
    for (const target of targets) {
      if (isIn(target, room) && dirname(target) !== folder) arrows.add(dirname(target));
    }
  }
  return folders;
}

/** How many files lie directly in each folder that has any. */
export function filesPerFolder(files: Iterable<string>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const file of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  return counts;
}

function reExports({ module }: ParseResult): readonly Import[] {
  return module.staticExports
    .flatMap(({ entries }) => entries)
    .flatMap(({ moduleRequest, isType }) =>
      moduleRequest ? [{ specifier: moduleRequest.value, isTypeOnly: isType }] : [],
    );
}

function dynamicImports({ module }: ParseResult, text: string): readonly Import[] {
  return module.dynamicImports.map(({ moduleRequest: { start, end } }) => ({
    specifier: text.slice(start, end).replaceAll(/["'`]/g, ""),
    isTypeOnly: false,
  }));
}

function importedTypes({ program }: ParseResult): readonly Import[] {
  return nodesOf(program).flatMap((node) =>
    node.type === "TSImportType" ? [{ specifier: node.source.value, isTypeOnly: true }] : [],
  );
}

/** Holds `start` itself only if a way leads back to it. */
function reachableFrom(graph: ImportGraph, start: string): ReadonlySet<string> {
  const reached = new Set<string>();
  const visit = (member: string): void => {
    for (const next of graph.get(member) ?? []) {
      if (reached.has(next)) continue;
      reached.add(next);
      visit(next);
    }
  };
  visit(start);
  return reached;
}

function isIn(file: string, room: string): boolean {
  return file.startsWith(`${room}/`);
}
