// Words → command → exit code. Every failure of every command ends here, as a line that a person can act on.
import { CommanderError } from "commander";
import { LifecycleError, type LifecycleErrorCode } from "../privacy/index.ts";
import { LedgerUnavailableError, UnusableArchiveError, UnusableServerError } from "../store/index.ts";
import { type ExitCode, exitCode } from "./terminal/exit-code.ts";
import { createProgram } from "./program.ts";
import { UnusableInputError } from "../disk/index.ts";
import type { Terminal } from "./terminal/terminal.ts";

/** What was asked for is understood, and the answer is no. */
const declinedCodes: ReadonlySet<LifecycleErrorCode> = new Set(["held", "not_found"]);

/** Never rejects: the shell is told by the exit code, and the person was told on the terminal. */
export async function runCommand(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    const program = await createProgram(terminal, words);
    return await program.exitCodeOf(words);
  } catch (error) {
    return report(terminal, error);
  }
}

function report(terminal: Terminal, error: unknown): ExitCode {
  // Commander has said it already, with the next step; help and --version arrive here as code 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.badUsage;
  if (error instanceof UnusableInputError) {
    error.lines.forEach(terminal.complain);
    return exitCode.unusableInput;
  }
  // Where a log is to be read from is input too.
  if (error instanceof UnusableServerError || error instanceof UnusableArchiveError) {
    terminal.complain(error.message);
    return exitCode.unusableInput;
  }
  if (error instanceof LifecycleError) {
    terminal.complain(error.message);
    return declinedCodes.has(error.code) ? exitCode.checkFailed : exitCode.unusableInput;
  }
  if (error instanceof LedgerUnavailableError) {
    terminal.complain(`${error.message}; nothing may be sent without a record, so the process ends`);
    return exitCode.defect;
  }
  const [message] = String(error instanceof Error ? error.message : error).split("\n");
  terminal.complain(`this is a defect: ${message}; BAILIWICK_DEBUG=1 shows where`);
  if (terminal.streams.env["BAILIWICK_DEBUG"] === "1" && error instanceof Error) {
    terminal.note(error.stack ?? "");
  }
  return exitCode.defect;
}
