import { Command } from "commander";
import { addBackupCommand } from "./backup.ts";
import { addCalendarCommand } from "./calendar.ts";
import { addCheckCommand } from "./check.ts";
import { addCompletionCommand } from "./completion.ts";
import { addDecideCommand } from "./decide.ts";
import { addDiffCommand } from "./diff.ts";
import { addDrillCommand } from "./drill.ts";
import { addExplainCommand } from "./explain.ts";
import { addDiscloseCommand } from "./disclose.ts";
import { addEraseCommand } from "./erase.ts";
import { addHoldCommand } from "./hold.ts";
import { addKeysCommand } from "./keys.ts";
import { addRecordsCommand } from "./records.ts";
import { version } from "./installation.ts";
import { addInitCommand } from "./init.ts";
import { addLedgerCommand } from "./ledger.ts";
import { addLegalCommand } from "./legal.ts";
import { addPacksCommand } from "./packs.ts";
import { addReportCommand } from "./report.ts";
import { addRestoreCommand } from "./restore.ts";
import { addServeCommand } from "./serve.ts";
import { addTestCommand } from "./test.ts";
import { addUpCommand } from "./up.ts";
import { addWitnessCommand } from "./witness.ts";

/** The whole command tree, in the order in which help lists it. */
export function createProgram(): Command {
  const program = new Command("bailiwick")
    .description(
      "An AI inference gateway that treats law as a routing constraint, and proves where each request ran.",
    )
    .version(version, "--version", "print the version")
    .exitOverride()
    .showHelpAfterError("(--help shows what is understood)")
    .addHelpText(
      "after",
      "\nExit codes: 0 ok, 1 the check failed, 2 unusable input, 64 bad usage, 70 a defect.",
    );
  addUpCommand(program);
  addServeCommand(program);
  addInitCommand(program);
  addCheckCommand(program);
  addDecideCommand(program);
  addExplainCommand(program);
  addDiffCommand(program);
  addCalendarCommand(program);
  addDrillCommand(program);
  addTestCommand(program);
  addPacksCommand(program);
  addLegalCommand(program);
  addLedgerCommand(program);
  addReportCommand(program);
  addEraseCommand(program);
  addHoldCommand(program);
  addDiscloseCommand(program);
  addKeysCommand(program);
  addRecordsCommand(program);
  addBackupCommand(program);
  addRestoreCommand(program);
  addWitnessCommand(program);
  addCompletionCommand(program);
  return program;
}
