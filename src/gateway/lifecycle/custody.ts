import type { CellContext } from "../cell-context.ts";

/** What is needed in order to look, and to change nothing. */
export type Keeping = Omit<Custody, "ledger">;

/**
 * What lifecycle acts work on: the record of a cell and the keys behind it. A running cell has it, and so has a command
 * that opened the state of a cell that does not run.
 */
export type Custody = Pick<CellContext, "cell" | "ledger" | "vault" | "records" | "now" | "randomBytes">;
