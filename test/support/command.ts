// A command in this process: its words go in, what it printed and its exit code come out. No program is started.
import { Readable, Writable } from "node:stream";
import { runCommand } from "../../src/cli/run.ts";
import { openTerminal, type Terminal } from "../../src/cli/terminal/terminal.ts";

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Surroundings {
  readonly stdin?: string | Readable;
  /** The whole environment, as far as a command asks its terminal for it; ours where it is left out. */
  readonly env?: Readonly<Record<string, string>>;
}

export async function command(...words: readonly string[]): Promise<CommandResult> {
  return commandIn({}, ...words);
}

export async function commandIn(
  { stdin, env }: Surroundings,
  ...words: readonly string[]
): Promise<CommandResult> {
  const { terminal, result } = collectedTerminal({
    ...(stdin === undefined ? {} : { stdin }),
    ...(env === undefined ? {} : { env }),
  });
  const code = await runCommand(words, terminal);
  return { code, ...result() };
}

/** A terminal whose texts are kept. */
export function collectedTerminal({ stdin, env }: Surroundings = {}): {
  readonly terminal: Terminal;
  readonly result: () => Omit<CommandResult, "code">;
} {
  const [stdout, stderr] = [new CollectedText(), new CollectedText()];
  const terminal = openTerminal({
    stdin: stdin instanceof Readable ? stdin : Readable.from(stdin === undefined ? [] : [Buffer.from(stdin)]),
    stdout,
    stderr,
    env: env ?? process.env,
  });
  return { terminal, result: () => ({ stdout: stdout.text, stderr: stderr.text }) };
}

/** A pipe with a reader that keeps everything. */
class CollectedText extends Writable {
  readonly #parts: Buffer[] = [];

  constructor() {
    super({
      write: (part: Buffer, _, done) => {
        this.#parts.push(part);
        done();
      },
    });
  }

  get text(): string {
    return Buffer.concat(this.#parts).toString("utf8");
  }
}
