// docs/performance.md with its tables, and its plots, made from the rows that the benchmarks printed. What stands between
// `<!-- rows: NAME -->` and `<!-- end of rows -->` is written here; all else in the file is written by hand.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { GatewayRow, Row } from "../../bench/measure/rows.ts";
import type { SoakRow } from "../soak/soak-row.ts";
import { barPlot } from "./bar-plot.ts";
import { caseTitle } from "./case-title.ts";
import { blocks } from "./tables.ts";

export const rowsPath = "docs/performance/rows.jsonl";
/** Beside them, since they are not measured with the others. */
const soakPath = "docs/performance/soak.jsonl";
export const pagePath = "docs/performance.md";

/** Throws where the page asks for a table that nobody makes. */
export function performancePage(root: string): string {
  const rows = [...readRows(root), ...(readJsonLines(root, soakPath) as readonly SoakRow[])];
  const page = readFileSync(resolve(root, pagePath), "utf8");
  return page.replaceAll(
    /<!-- rows: ([\w-]+) -->\n[^]*?<!-- end of rows -->/g,
    (_, name: string) => `<!-- rows: ${name} -->\n${tableOf(name, rows)}<!-- end of rows -->`,
  );
}

export function cpuPlot(root: string): string {
  return barPlot({
    title: "Processor time of a request, as a multiple of nginx in the same round",
    unit: "× nginx (each step is ten times the one before)",
    panels: panelsOf(gatewayRows(root), ({ cpuOverNginx }) => cpuOverNginx),
  });
}

export function latencyPlot(root: string): string {
  return barPlot({
    title: "What is added to a call of one caller at the median, beside a call without anything in between",
    unit: "ms (each step is ten times the one before)",
    panels: panelsOf(
      gatewayRows(root).filter(({ clients }) => clients === 1),
      ({ addedP50Ms }) => addedP50Ms,
    ),
  });
}

function tableOf(name: string, rows: readonly (Row | SoakRow)[]): string {
  const render = blocks[name];
  if (!render)
    throw new Error(`${pagePath}: no table is called ${name}; there are ${Object.keys(blocks).join(", ")}`);
  return render(rows);
}

function panelsOf(
  rows: readonly GatewayRow[],
  read: (row: GatewayRow) => number | null,
): Parameters<typeof barPlot>[0]["panels"] {
  const panels = new Map<string, Array<{ label: string; value: number }>>();
  for (const row of rows) {
    const title = caseTitle(row);
    const bars = panels.get(title) ?? [];
    bars.push({ label: row.peer, value: read(row) ?? Number.NaN });
    panels.set(title, bars);
  }
  return [...panels].map(([title, bars]) => ({ title, bars }));
}

function gatewayRows(root: string): readonly GatewayRow[] {
  return readRows(root).filter((row) => row.bench === "gateway");
}

function readRows(root: string): readonly Row[] {
  return readJsonLines(root, rowsPath) as readonly Row[];
}

function readJsonLines(root: string, path: string): readonly unknown[] {
  return readFileSync(resolve(root, path), "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line): unknown => JSON.parse(line));
}
