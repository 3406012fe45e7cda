import { join, resolve } from "node:path";
import type { Command } from "commander";
import type { RunningCell } from "./compose-cell.ts";
import { contractOf } from "./contract.ts";
import type { ExitCode } from "./exit-code.ts";
import { complain, print, printJson } from "./output.ts";
import { runCells } from "./run-cells.ts";
import { trustFileName, writeTrust } from "./trust.ts";

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
    .action(async (flags: ServeFlags) => {
      process.exitCode = await serve(flags);
    });
}

async function serve({ config, cell, json }: ServeFlags): Promise<ExitCode> {
  const source = { file: resolve(config), wantedCell: cell ?? null };
  return runCells([source], async (cells) => {
    for (const running of cells) await announce(running, json ?? false);
  });
}

/** The log stands by its own signature. */
const nobody = { logs: [], witnesses: [], quorum: { kind: "none" }, urls: new Map() } as const;

async function announce(cell: RunningCell, isJson: boolean): Promise<void> {
  const trust = join(cell.stateDirectory, trustFileName);
  writeTrust(trust, { ...(cell.trust ?? nobody), logs: [cell.verifierKey] });
  if (cell.keysWarning !== null) complain(`cell \`${cell.name}\`: ${cell.keysWarning}`);
  if (isJson) await printJson(contractOf([cell], { policy: cell.policyFile, trust, keys: {} }));
  else
    await print(
      `cell ${cell.name} is ready at ${cell.url}, admin at ${cell.adminUrl}, ledger in ${cell.ledgerDirectory}`,
    );
}
