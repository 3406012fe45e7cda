// What is wrong with the arrows between files: circles, and folders of the gateway that have no direction.
import { dirname } from "node:path/posix";
import { circlesOf, folderGraphOf, type ImportGraph, importGraphOf } from "./import-graph.ts";
import type { Texts } from "./source-tree.ts";

const room = "src/gateway";

export interface ImportShape {
  readonly importCircles: readonly ImportCircle[];
  readonly gatewayFolders: {
    readonly mutual: readonly MutualFolders[];
    /** These are of two folders or more, each of which leads to every other. */
    readonly circles: readonly (readonly string[])[];
  };
}

export interface ImportCircle {
  readonly files: readonly string[];
  /** No circle would be left among these files if imports of types did not count. */
  readonly isClosedByTypes: boolean;
}

/** Two folders that import each other. `against` are the fewer arrows: without them the two would have a direction. */
export interface MutualFolders {
  readonly folders: readonly [string, string];
  readonly arrows: number;
  readonly against: readonly Arrow[];
}

export interface Arrow {
  readonly from: string;
  readonly to: string;
}

export function measureImports(sources: Texts): ImportShape {
  const graph = importGraphOf(sources);
  return {
    importCircles: importCircles(sources, graph),
    gatewayFolders: { mutual: mutualFolders(graph), circles: circlesOf(folderGraphOf(graph, room)) },
  };
}

function importCircles(sources: Texts, graph: ImportGraph): readonly ImportCircle[] {
  const atRun = circlesOf(importGraphOf(sources, ({ isTypeOnly }) => !isTypeOnly)).flat();
  return circlesOf(graph).map((files) => ({
    files,
    isClosedByTypes: !files.some((file) => atRun.includes(file)),
  }));
}

function mutualFolders(graph: ImportGraph): readonly MutualFolders[] {
  const folders = folderGraphOf(graph, room);
  return [...folders].flatMap(([one, targets]) =>
    [...targets]
      .toSorted()
      .filter((other) => one < other && folders.get(other)?.has(one))
      .map((other) => {
        const there = arrowsBetween(graph, one, other);
        const back = arrowsBetween(graph, other, one);
        const against = there.length < back.length ? there : back;
        return { folders: [one, other] as const, arrows: there.length + back.length, against };
      }),
  );
}

function arrowsBetween(graph: ImportGraph, fromFolder: string, toFolder: string): readonly Arrow[] {
  return [...graph]
    .filter(([from]) => dirname(from) === fromFolder)
    .flatMap(([from, targets]) => [...targets].map((to) => ({ from, to })))
    .filter(({ to }) => dirname(to) === toFolder);
}
