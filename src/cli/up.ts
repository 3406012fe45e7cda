import { resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { contractOf } from "./contract.ts";
import { holdDirectory, prepareDemo } from "./demo.ts";
import { writeDemoTrust } from "./demo-trust.ts";
import type { ExitCode } from "./exit-code.ts";
import { print, printJson } from "./output.ts";
import { runCells } from "./run-cells.ts";
import { formatWelcome } from "./welcome.ts";

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
    .action(async (flags: UpFlags) => {
      process.exitCode = await up(flags);
    });
}

async function up(flags: UpFlags): Promise<ExitCode> {
  const directory = resolve(flags.dir);
  const release = holdDirectory(directory);
  try {
    return await runDemo(directory, flags);
  } finally {
    release();
  }
}

async function runDemo(directory: string, { portBase, gguf, json }: UpFlags): Promise<ExitCode> {
  const demo = await prepareDemo({ directory, portBase: portBase ?? null, modelFile: gguf ?? null });
  writeDemoTrust(demo.trustFile, demo.cells);
  return runCells(demo.cells, async (cells) => {
    const contract = contractOf(cells, { policy: demo.policyFile, trust: demo.trustFile, keys: demo.keys });
    await (json ? printJson(contract) : print(formatWelcome(contract)));
  });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= highestPortBase) return port;
  throw new InvalidArgumentError(`expected a port from 1 to ${highestPortBase}.`);
}
