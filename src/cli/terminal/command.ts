import { resolve } from "node:path";
import { Command as Commander, type Option } from "commander";
import { type ExitCode, exitCode } from "./exit-code.ts";
import type { Terminal, TextOutput } from "./terminal.ts";
import { visible } from "./visible.ts";

/** What help calls the value of an option that is a path and can be nothing else, as an address could. */
const takesPath = /<(?:file|folder)>/;

/** One run of the program: who called it, and what the shell will be told. */
interface Run {
  readonly terminal: Terminal;
  code: ExitCode;
}

/** A command, and all below it, of one run. Its action is given the terminal, and resolves with the exit code. */
export class Command extends Commander {
  readonly #run: Run;

  constructor(name: string | undefined, run: Run) {
    super(name);
    this.#run = run;
  }

  override createCommand(name?: string): Command {
    return new Command(name, this.#run);
  }

  /** A path means what it means where the command was typed: nothing further in has to ask relative to what. */
  override addOption(option: Option): this {
    if (takesPath.test(option.flags) && option.parseArg === undefined) {
      option.argParser((path: string) => resolve(path));
    }
    if (option.required && !option.variadic && !Array.isArray(option.defaultValue)) this.#refuseTwice(option);
    return super.addOption(option);
  }

  /** Of two names one would be obeyed and the other passed over: held would be one subject, and erased the other. */
  #refuseTwice(option: Option): void {
    let isGiven = false;
    this.on(`option:${option.name()}`, () => {
      if (isGiven) this.error(`error: option '${option.flags}' is given twice, and takes one value`);
      isGiven = true;
    });
  }

  /** Stands in for Commander's `action`, which drops what its function resolves with, and gives its arguments no type. */
  runs(act: (terminal: Terminal, ...given: never[]) => Promise<ExitCode>): this {
    return this.action(async (...given: unknown[]) => {
      this.#run.code = await act(this.#run.terminal, ...(given as never[]));
    });
  }

  /** Runs the command that the words name. Rejects with what it throws. */
  async exitCodeOf(words: readonly string[]): Promise<ExitCode> {
    await this.parseAsync(words, { from: "user" });
    return this.#run.code;
  }
}

/** The root of a command tree. What Commander itself says, help and bad usage, goes to the terminal too. */
export function rootCommand(name: string, terminal: Terminal): Command {
  const { stdout, stderr } = terminal.streams;
  return new Command(name, { terminal, code: exitCode.ok }).exitOverride().configureOutput({
    writeOut: (text) => stdout.write(visible(text)),
    writeErr: (text) => stderr.write(visible(text)),
    getOutHelpWidth: () => widthOf(stdout),
    getErrHelpWidth: () => widthOf(stderr),
  });
}

/** A pipe has no width; Commander takes 80 for it, and so do we. */
function widthOf({ isTTY, columns }: TextOutput): number {
  return isTTY === true && columns !== undefined ? columns : 80;
}
