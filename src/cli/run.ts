// argv → command → exit code. Every failure of every command ends here, as a line that a person can act on.
import { CommanderError } from "commander";
import { LifecycleError, type LifecycleErrorCode } from "../gateway/index.ts";
import { LedgerUnavailableError, UnusableArchiveError, UnusableServerError } from "../store/index.ts";
import { exitCode } from "./exit-code.ts";
import { complain, note } from "./output.ts";
import { createProgram } from "./program.ts";
import { UnusableInputError } from "./unusable-input.ts";

/** What was asked for is understood, and the answer is no. */
const declinedCodes: ReadonlySet<LifecycleErrorCode> = new Set(["held", "not_found"]);

/** Commands set `process.exitCode` themselves, or throw. The process ends when nothing keeps it alive. */
export async function run(argv: readonly string[]): Promise<void> {
  process.stdout.on("error", leaveQuietly);
  try {
    await createProgram().parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error);
  }
}

function report(error: unknown): number {
  // Commander has said it already, with the next step; help and --version arrive here as code 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.badUsage;
  if (error instanceof UnusableInputError) {
    error.lines.forEach(complain);
    return exitCode.unusableInput;
  }
  // Where a log is to be read from is input too.
  if (error instanceof UnusableServerError || error instanceof UnusableArchiveError) {
    complain(error.message);
    return exitCode.unusableInput;
  }
  if (error instanceof LifecycleError) {
    complain(error.message);
    return declinedCodes.has(error.code) ? exitCode.checkFailed : exitCode.unusableInput;
  }
  if (error instanceof LedgerUnavailableError) {
    complain(`${error.message}; nothing may be sent without a record, so the process ends`);
    return exitCode.defect;
  }
  const [message] = String(error instanceof Error ? error.message : error).split("\n");
  complain(`this is a defect: ${message}; BAILIWICK_DEBUG=1 shows where`);
  if (process.env["BAILIWICK_DEBUG"] === "1" && error instanceof Error) note(error.stack ?? "");
  return exitCode.defect;
}

/** The reader of our output has left, as in `bailiwick ledger show DIR | head`. */
function leaveQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit(exitCode.brokenPipe);
  throw error;
}
