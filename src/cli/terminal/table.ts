import { stripVTControlCharacters, styleText } from "node:util";

/** Columns padded to their widest cell and two spaces apart, no rules, no trailing blanks: readable and `awk`-able. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(...[title, ...rows.map((row) => row[column] ?? "")].map(widthOf)),
  );
  const [head = "", ...body] = [header, ...rows].map((row) => formatRow(row, widths));
  return [styleText("bold", head), ...body].join("\n");
}

function formatRow(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - widthOf(cell)))
    .join("  ")
    .trimEnd();
}

function widthOf(cell: string): number {
  return Array.from(stripVTControlCharacters(cell)).length;
}
