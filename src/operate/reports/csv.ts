// RFC 4180, with a header line. Values that a spreadsheet would run are kept from it.
import type { Cell, Table } from "./report.ts";

export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

/** Adds a last column that names the entries which show the row: `<origin>#<index>`, a blank between two. */
export function tableCsv({ columns, rows }: Table, nameOf: (citation: number) => string): string {
  const header = csvLine([...columns.map(({ id }) => id), "cited"]);
  return header + rows.map(({ cells, cited }) => csvLine([...cells, cited.map(nameOf).join(" ")])).join("");
}

function csvCell(cell: Cell): string {
  if (cell === null) return "";
  const text = String(cell);
  // A cell that begins like a formula is run as one when the file is opened; names of a policy may begin so.
  const inert = /^[=+@-]/.test(text) && typeof cell === "string" ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
