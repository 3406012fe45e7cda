import { resolve } from "node:path";
import { InvalidArgumentError } from "commander";
import {
  contractOf,
  holdDirectory,
  prepareDemo,
  runCells,
  type RunningCell,
  writeDemoTrust,
} from "../../cell/index.ts";
import type { ExitCode } from "../terminal/exit-code.ts";
import { endUndrained, exitCodeAfter, shutdownRequest } from "./shutdown.ts";
import { formatWelcome } from "./welcome.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Command } from "../terminal/command.ts";

interface UpFlags {
  readonly dir: string;
  readonly portBase?: number;
  readonly gguf?: string;
  readonly json?: boolean;
}

/** Leaves room for the block above it. */
const highestPortBase = 65_400;

export function addUpCommand(program: Command): void {
  program
    .command("up")
    .description("start the demo: three cells on this machine with simulated engines")
    .option("--dir <directory>", "where policy, keys, ledgers and state are kept", ".bailiwick")
    .option(
      "--port-base <port>",
      "take ports from this one on, or fail (default: 7400, or the next free block)",
      parsePort,
    )
    .option("--gguf <file>", "serve this model file as `local` in eu-frankfurt, through llama.cpp")
    .option("--json", "print one line of JSON when all cells are ready")
    .runs((terminal, flags: UpFlags) => up(terminal, flags));
}

async function up(terminal: Terminal, flags: UpFlags): Promise<ExitCode> {
  terminal.outliveReaders();
  const directory = resolve(flags.dir);
  const release = holdDirectory(directory);
  try {
    return await runDemo(terminal, directory, flags);
  } finally {
    release();
  }
}

async function runDemo(
  terminal: Terminal,
  directory: string,
  { portBase, gguf, json }: UpFlags,
): Promise<ExitCode> {
  const demo = await prepareDemo({ directory, portBase: portBase ?? null, modelFile: gguf ?? null });
  writeDemoTrust(demo.trustFile, demo.cells);
  const whenReady = async (cells: readonly RunningCell[]): Promise<void> => {
    const contract = contractOf(cells, { policy: demo.policyFile, trust: demo.trustFile, keys: demo.keys });
    await (json ? terminal.printJson(contract) : terminal.print(formatWelcome(contract)));
  };
  return exitCodeAfter(
    terminal,
    await runCells(demo.cells, {
      shutdown: shutdownRequest(terminal),
      whenReady,
      endUndrained: endUndrained(terminal),
    }),
  );
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= highestPortBase) return port;
  throw new InvalidArgumentError(`expected a port from 1 to ${highestPortBase}.`);
}
