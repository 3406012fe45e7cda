import { addBackupCommand } from "./cell/backup.ts";
import { addCalendarCommand } from "./law/check/calendar.ts";
import { addCheckCommand } from "./law/check/check.ts";
import { addCompletionCommand } from "./terminal/completion.ts";
import { addDecideCommand } from "./law/ask/decide.ts";
import { addDiffCommand } from "./law/check/diff.ts";
import { addDrillCommand } from "./law/check/drill.ts";
import { addExplainCommand } from "./law/ask/explain.ts";
import { addDiscloseCommand } from "./privacy/disclose.ts";
import { addEraseCommand } from "./privacy/erase.ts";
import { addHoldCommand } from "./privacy/hold.ts";
import { addKeysCommand } from "./privacy/keys.ts";
import { addQuarantineCommand } from "./privacy/quarantine.ts";
import { addRecordsCommand } from "./privacy/records.ts";
import { version } from "../cell/index.ts";
import { addImportCommand } from "./operate/import.ts";
import { addInitCommand } from "./law/init/init.ts";
import { addLedgerCommand } from "./ledger/ledger.ts";
import { addReconcileCommand } from "./operate/reconcile.ts";
import { addLegalCommand } from "./law/legal/legal.ts";
import { addPacksCommand } from "./law/packs/packs.ts";
import { addReportCommand } from "./report/report.ts";
import { addRestoreCommand } from "./cell/restore.ts";
import { addServeCommand } from "./cell/serve.ts";
import { addTestCommand } from "./law/ask/test.ts";
import { addUpCommand } from "./cell/up.ts";
import { addWitnessCommand } from "./cell/witness.ts";
import { type Command, rootCommand } from "./terminal/command.ts";
import type { Terminal } from "./terminal/terminal.ts";
import { suggestForUnknownCommands } from "./terminal/unknown-command.ts";

/** The whole command tree, in the order in which help lists it. */
export function createProgram(terminal: Terminal): Command {
  const program = rootCommand("bailiwick", terminal)
    .description(
      "An AI inference gateway that treats law as a routing constraint, and proves where each request ran.",
    )
    .version(version, "--version", "print the version")
    .showHelpAfterError("(--help shows what is understood)")
    .addHelpText(
      "after",
      "\nExit codes: 0 ok, 1 the check failed, 2 unusable input, 64 bad usage, 70 a defect.",
    );
  suggestForUnknownCommands(program);
  addUpCommand(program);
  addServeCommand(program);
  addInitCommand(program);
  addImportCommand(program);
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
  addReconcileCommand(program);
  addEraseCommand(program);
  addHoldCommand(program);
  addQuarantineCommand(program);
  addDiscloseCommand(program);
  addKeysCommand(program);
  addRecordsCommand(program);
  addBackupCommand(program);
  addRestoreCommand(program);
  addWitnessCommand(program);
  addCompletionCommand(program);
  return program;
}
