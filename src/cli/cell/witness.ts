import { resolve } from "node:path";
import { formatNoteKey } from "../../ledger/index.ts";
import { locateCell, type LocatedCell, openCellKeys } from "../../cell/index.ts";
import { type ExitCode, exitCode } from "../terminal/exit-code.ts";
import { showCosigning } from "./witness-status.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Command } from "../terminal/command.ts";

interface WitnessFlags {
  readonly config: string;
  readonly cell?: string;
  readonly json?: boolean;
}

export function addWitnessCommand(program: Command): void {
  const witness = program
    .command("witness")
    .description("have the ledger cosigned by other cells, and cosign theirs");
  cellCommand(witness, "keys", "print the lines of this cell for the trust files of its peers", printKeys);
  cellCommand(
    witness,
    "status",
    "tell who has cosigned this cell's ledger; exit 1 without a quorum",
    showCosigning,
  );
}

function cellCommand(
  witness: Command,
  name: string,
  description: string,
  run: (terminal: Terminal, cell: LocatedCell, isJson: boolean) => Promise<ExitCode>,
): void {
  witness
    .command(name)
    .description(description)
    .requiredOption("--config <file>", "the cell file")
    .option("--cell <name>", "the cell of the policy, where the cell file does not say")
    .option("--json", "print one line of JSON")
    .runs((terminal, { config, cell, json }: WitnessFlags) =>
      run(terminal, locateCell({ file: resolve(config), wantedCell: cell ?? null }), json ?? false),
    );
}

/** The keys are made where they are missing, so that peers can be told before the first start. */
async function printKeys(terminal: Terminal, cell: LocatedCell, isJson: boolean): Promise<ExitCode> {
  const { log, witness, witnessUrl } = openCellKeys(cell);
  const [logKey, witnessKey] = [log, witness].map(formatNoteKey);
  if (isJson) await terminal.printJson({ log: logKey, witness: witnessKey, url: witnessUrl });
  else await terminal.print(`log ${logKey}\nwitness ${witness.name} ${witnessKey} ${witnessUrl}`);
  return exitCode.ok;
}
