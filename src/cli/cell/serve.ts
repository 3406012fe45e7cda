import { join, resolve } from "node:path";
import { contractOf, runCells, type RunningCell, trustFileName, writeTrust } from "../../cell/index.ts";
import type { ExitCode } from "../terminal/exit-code.ts";
import { endUndrained, exitCodeAfter, shutdownRequest } from "./shutdown.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Command } from "../terminal/command.ts";

interface ServeFlags {
  readonly config: string;
  readonly cell?: string;
  readonly json?: boolean;
}

export function addServeCommand(program: Command): void {
  program
    .command("serve")
    .description("run one cell")
    .requiredOption("--config <file>", "the cell file: listeners, state, limits, and where the policy is")
    .option("--cell <name>", "the cell of the policy to be, where the cell file does not say")
    .option("--json", "print one line of JSON when the cell is ready")
    .runs((terminal, flags: ServeFlags) => serve(terminal, flags));
}

async function serve(terminal: Terminal, { config, cell, json }: ServeFlags): Promise<ExitCode> {
  terminal.outliveReaders();
  terminal.complainInJson();
  const source = { file: resolve(config), wantedCell: cell ?? null };
  const whenReady = async (cells: readonly RunningCell[]): Promise<void> => {
    for (const running of cells) await announce(terminal, running, json ?? false);
  };
  return exitCodeAfter(
    terminal,
    await runCells([source], {
      shutdown: shutdownRequest(terminal),
      whenReady,
      endUndrained: endUndrained(terminal),
    }),
  );
}

/** Nobody cosigns: the log stands by its own signature alone. */
const nobody = { logs: [], witnesses: [], quorum: { kind: "none" }, urls: new Map() } as const;

async function announce(terminal: Terminal, cell: RunningCell, isJson: boolean): Promise<void> {
  const trust = join(cell.stateDirectory, trustFileName);
  writeTrust(trust, { ...(cell.trust ?? nobody), logs: [cell.verifierKey] });
  if (cell.keysWarning !== null) terminal.complain(`cell \`${cell.name}\`: ${cell.keysWarning}`);
  if (isJson) await terminal.printJson(contractOf([cell], { policy: cell.policyFile, trust, keys: {} }));
  else
    await terminal.print(
      `cell ${cell.name} is ready at ${cell.url}, admin at ${cell.adminUrl}, ledger in ${cell.ledgerDirectory}`,
    );
}
