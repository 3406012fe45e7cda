// The figures for people: a row for each, and beneath some of them the files that they are about.
import { crowdedAbove, type Distribution, type Figures, type FolderSize } from "./figures.ts";
import type { Arrow } from "./import-shape.ts";
import type { RequestWalk } from "./request-walk.ts";

type Row = readonly [name: string, value: string, details?: readonly string[]];

export function formatFigures(figures: Figures): string {
  const rows = [...sizeRows(figures), ...importRows(figures), ...walkRows(figures.requestWalk)];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows
    .flatMap(([name, value, details = []]) => [
      `${name.padEnd(width)}  ${value}`,
      ...details.map((detail) => `${" ".repeat(width + 2)}${detail}`),
    ])
    .join("\n");
}

function sizeRows(figures: Figures): readonly Row[] {
  const { sources, functions, tests } = figures;
  const { longest } = functions;
  const place = longest ? ` (${longest.name}, ${longest.file}:${longest.line})` : "";
  return [
    ["source files", `${sources.count}`],
    ["lines of a file", `${formatDistribution(sources)} (${sources.longest})`],
    ["functions", `${functions.count}`],
    ["lines of a function", `${formatDistribution(functions)}${place}`],
    ["`any` types", `${figures.anyTypes}`],
    ["comments", `${figures.commentPercent} % of the lines that are not blank`],
    ["tests", `${tests.count} files of src and test, ${tests.lines} lines`],
    ["largest folders", formatFolders(figures.largestFolders)],
    [`folders above ${crowdedAbove}`, formatFolders(figures.crowdedFolders)],
  ];
}

function importRows({ importCircles, gatewayFolders: { mutual, circles } }: Figures): readonly Row[] {
  return [
    [
      "import circles",
      `${importCircles.length}, counting imports of types and re-exports`,
      importCircles.map(
        ({ files, isClosedByTypes }) =>
          `${files.join(", ")}${isClosedByTypes ? " (closed by imports of types)" : ""}`,
      ),
    ],
    [
      "mutual folders",
      `${mutual.length} pairs of folders of the gateway import each other; the fewer arrows of each:`,
      mutual.flatMap(({ folders, arrows, against }) => [
        `${folders.join(" and ")}: ${against.length} of ${arrows}`,
        ...formatArrows(against),
      ]),
    ],
    ["folder circles", `${circles.length} in the gateway`, circles.map((circle) => circle.join(", "))],
  ];
}

function walkRows(walk: RequestWalk | null): readonly Row[] {
  if (!walk) return [["walk of a request", "there is no pipeline"]];
  const { begins, functions, files, upwardCalls, climbs } = walk;
  return [
    ["walk of a request", `${files.length} files, ${functions} functions and classes`, explanation(begins)],
    [
      "upward calls",
      `${upwardCalls.length} from a file of the gateway to one in a folder around its own; two files count once`,
    ],
    [
      "climbs",
      `${climbs.length} upward calls from which the walk goes on to files of the gateway that it had not come to;`,
      ["the others lead to shared vocabulary, at which it turns back", ...formatArrows(climbs)],
    ],
  ];
}

function explanation(begins: readonly string[]): readonly string[] {
  return [
    `from ${begins.join(", ")}, depth first in the order of the call sites, within gateway, wire and providers;`,
    "calls by a name are followed through imports and re-exports, and a class that is constructed with all its methods;",
    "calls of methods and of functions in variables are not, since the text does not tell where they lead",
  ];
}

function formatDistribution({ median, p90, max }: Distribution): string {
  return `median ${median}, p90 ${p90}, max ${max}`;
}

function formatFolders(folders: readonly FolderSize[]): string {
  return folders.map(({ folder, files }) => `${folder} ${files}`).join(", ") || "none";
}

function formatArrows(steps: readonly Arrow[]): readonly string[] {
  return steps.map(({ from, to }) => `  ${from} → ${to}`);
}
