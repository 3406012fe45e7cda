// The shape of a checkout in figures. Everything comes from the texts of its files, so the same tree gives the same figures.
import { functionsOf, type MeasuredFunction } from "./functions.ts";
import { filesPerFolder } from "./import-graph.ts";
import { type ImportShape, measureImports } from "./import-shape.ts";
import { type RequestWalk, walkRequest } from "./request-walk.ts";
import { linesOf, readSources, readTests, type Texts } from "./source-tree.ts";
import { nodesOf, parseFile } from "./syntax-tree.ts";

const listedFolders = 8;
/** A folder with more source files than this directly in it hides what it is about. */
export const crowdedAbove = 20;

export interface Figures extends ImportShape {
  readonly sources: Distribution & { readonly count: number; readonly longest: string };
  readonly functions: Distribution & { readonly count: number; readonly longest: MeasuredFunction | null };
  readonly anyTypes: number;
  readonly largestFolders: readonly FolderSize[];
  readonly crowdedFolders: readonly FolderSize[];
  readonly commentPercent: number;
  readonly tests: { readonly count: number; readonly lines: number };
  readonly requestWalk: RequestWalk | null;
}

/** Of lines, by nearest rank: each is the length of some file or function. */
export interface Distribution {
  readonly median: number;
  readonly p90: number;
  readonly max: number;
}

export interface FolderSize {
  readonly folder: string;
  readonly files: number;
}

export function measureHouse(root: string): Figures {
  const sources = readSources(root);
  const folders = foldersBySize(sources);
  return {
    ...measureSyntax(sources),
    ...measureImports(sources),
    sources: measureLines(sources),
    largestFolders: folders.slice(0, listedFolders),
    crowdedFolders: folders.filter(({ files }) => files > crowdedAbove),
    commentPercent: commentPercent(sources),
    tests: measureTests(readTests(root)),
    requestWalk: walkRequest(sources),
  };
}

function measureLines(sources: Texts): Figures["sources"] {
  const files = [...sources].map(([file, text]) => ({ file, lines: linesOf(text).length }));
  const longest = longestOf(files)?.file ?? "";
  return { count: files.length, ...distributionOf(files.map(({ lines }) => lines)), longest };
}

function measureSyntax(sources: Texts): Pick<Figures, "functions" | "anyTypes"> {
  const measured = [...sources].map(([file, text]) => {
    const nodes = nodesOf(parseFile(file, text).program);
    const anyTypes = nodes.filter(({ type }) => type === "TSAnyKeyword").length;
    return { functions: functionsOf(file, text, nodes), anyTypes };
  });
  const functions = measured.flatMap((each) => each.functions);
  const lines = distributionOf(functions.map((each) => each.lines));
  return {
    functions: { count: functions.length, ...lines, longest: longestOf(functions) },
    anyTypes: sum(measured.map(({ anyTypes }) => anyTypes)),
  };
}

/** Of two that are equally long, the first. */
function longestOf<Measured extends { readonly lines: number }>(
  measured: readonly Measured[],
): Measured | null {
  return measured.toSorted((left, right) => right.lines - left.lines)[0] ?? null;
}

function distributionOf(values: readonly number[]): Distribution {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { median: at(0.5), p90: at(0.9), max: at(1) };
}

function foldersBySize(sources: Texts): readonly FolderSize[] {
  const sizes = [...filesPerFolder(sources.keys())].map(([folder, files]) => ({ folder, files }));
  return sizes.toSorted((left, right) => right.files - left.files || (left.folder < right.folder ? -1 : 1));
}

/** Of the lines that are not blank, those that begin as a comment. A comment behind code on its line does not count. */
function commentPercent(sources: Texts): number {
  const lines = [...sources.values()].flatMap(linesOf).filter((line) => line.trim() !== "");
  const comments = lines.filter((line) => /^\s*(\/\/|\/\*|\*)/.test(line));
  return lines.length === 0 ? 0 : Math.round((1000 * comments.length) / lines.length) / 10;
}

function measureTests(tests: Texts): Figures["tests"] {
  return { count: tests.size, lines: sum([...tests.values()].map((text) => linesOf(text).length)) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
