import { resolve } from "node:path";
import type { Command } from "commander";
import { formatNoteKey } from "../ledger/index.ts";
import { openCellKeys } from "./cell-keys.ts";
import { type ExitCode, exitCode } from "./exit-code.ts";
import { locateCell, type LocatedCell } from "./loaded-cell.ts";
import { print, printJson } from "./output.ts";
import { showCosigning } from "./witness-status.ts";

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
  run: (cell: LocatedCell, isJson: boolean) => Promise<ExitCode>,
): void {
  witness
    .command(name)
    .description(description)
    .requiredOption("--config <file>", "the cell file")
    .option("--cell <name>", "the cell of the policy, where the cell file does not say")
    .option("--json", "print one line of JSON")
    .action(async ({ config, cell, json }: WitnessFlags) => {
      process.exitCode = await run(
        locateCell({ file: resolve(config), wantedCell: cell ?? null }),
        json ?? false,
      );
    });
}

/** The keys are made where they are missing, so that peers can be told before the first start. */
async function printKeys(cell: LocatedCell, isJson: boolean): Promise<ExitCode> {
  const { log, witness, witnessUrl } = openCellKeys(cell);
  const [logKey, witnessKey] = [log, witness].map(formatNoteKey);
  if (isJson) await printJson({ log: logKey, witness: witnessKey, url: witnessUrl });
  else await print(`log ${logKey}\nwitness ${witness.name} ${witnessKey} ${witnessUrl}`);
  return exitCode.ok;
}
