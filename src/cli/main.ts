// The one place that binds commands to this process: its words, its streams, its exit code.
import { asUnusable, UnusableInputError } from "../disk/index.ts";
import { runCommand } from "./run.ts";
import { exitCode } from "./terminal/exit-code.ts";
import { leave } from "./terminal/leave.ts";
import { openTerminal } from "./terminal/terminal.ts";

const terminal = openTerminal(process);
process.stdout.on("error", leaveWithoutOutput);
const code = await runCommand(process.argv.slice(2), terminal);
// The process ends when nothing keeps it alive: what a reader has not read yet does, unless nobody is waited for.
if (terminal.endsWithItsReader()) process.exitCode = code;
else await leave(code, [process.stdout, process.stderr]);

/** The reader of our output has left, as in `bailiwick ledger show DIR | head`, or the disk that it goes to is full. */
function leaveWithoutOutput(error: NodeJS.ErrnoException): void {
  if (!terminal.endsWithItsReader()) return;
  if (error.code === "EPIPE") process.exit(exitCode.brokenPipe);
  const told = asUnusable("the output cannot be written", error);
  if (!(told instanceof UnusableInputError)) throw error;
  terminal.complain(told.message);
  // Not 1, which would be taken for what the check found.
  process.exit(exitCode.unusableInput);
}
