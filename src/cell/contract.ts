import type { RunningCell } from "./compose-cell.ts";

/** What `up --json` and `serve --json` print on one line (DESIGN §8). Scripts and tests depend on it. */
export interface CellsContract {
  readonly console: string | null;
  readonly policy: string;
  /** A tlog-policy file with the verifier key of each cell's log. */
  readonly trust: string;
  /** Demo keys in plain text; empty for cells that are no demo. */
  readonly keys: Readonly<Record<string, string>>;
  readonly cells: readonly {
    readonly name: string;
    readonly url: string;
    readonly admin: string;
    readonly ledger: string;
  }[];
  /** Simulated engines that this process runs. */
  readonly engines: readonly {
    readonly name: string;
    readonly cell: string;
    readonly endpoint: string;
    readonly operator: string;
    readonly url: string;
  }[];
}

export interface ContractFiles {
  readonly policy: string;
  readonly trust: string;
  readonly keys: Readonly<Record<string, string>>;
}

export function contractOf(cells: readonly RunningCell[], files: ContractFiles): CellsContract {
  return {
    console: null,
    ...files,
    cells: cells.map(({ name, url, adminUrl, ledgerDirectory }) => ({
      name,
      url,
      admin: adminUrl,
      ledger: ledgerDirectory,
    })),
    engines: cells.flatMap(({ name, engines }) =>
      engines.map(({ endpoint, operator, url }) => ({ name: endpoint, cell: name, endpoint, operator, url })),
    ),
  };
}
