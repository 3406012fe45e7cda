// The one trust file of the demo: its cells are each other's witnesses.
import type { NoteKey, Quorum, TrustFile } from "../../ledger/index.ts";
import { openCellKeys } from "../cell-keys.ts";
import { type CellSource, locateCell } from "../load/loaded-cell.ts";
import { writeTrust } from "../load/trust.ts";

/**
 * Any one witness is enough: that of a log's own cell does not sign it and would not count (docs/decisions/0017), so it
 * is one of the other two, and either of them may be down.
 */
export function writeDemoTrust(file: string, cells: readonly CellSource[]): void {
  const keys = cells.map((source) => openCellKeys(locateCell(source)));
  const witnesses = keys.map(({ witness }) => witness);
  const trust: TrustFile = {
    logs: keys.map(({ log }) => log),
    witnesses,
    quorum: anyOf(witnesses),
    urls: new Map(keys.map(({ witness, witnessUrl }) => [witness, witnessUrl])),
  };
  writeTrust(file, trust);
}

function anyOf(keys: readonly NoteKey[]): Quorum {
  return { kind: "group", least: 1, members: keys.map((key) => ({ kind: "witness", key })) };
}
