import { InvalidArgumentError } from "commander";
import type { InstantMs } from "../../base/index.ts";
import {
  type EntryWish,
  exportBundle,
  NothingChosenError,
  UnexportableLogError,
  writeTar,
} from "../../store/index.ts";
import { type ExitCode, exitCode } from "../terminal/exit-code.ts";
import { parseTrust, readBytes } from "../../cell/index.ts";
import { parseAt } from "../terminal/flags.ts";
import { openSource } from "./ledger-source.ts";
import { asUnusable, UnusableInputError } from "../../disk/index.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Command } from "../terminal/command.ts";

interface ExportFlags {
  readonly out: string;
  readonly trust?: string;
  readonly from?: InstantMs;
  readonly to?: InstantMs;
  readonly request?: string;
  readonly tenantHandle?: string;
  readonly json?: boolean;
}

export function addExportCommand(ledger: Command): void {
  ledger
    .command("export")
    .description("write a bundle for an auditor: whole logs, or chosen entries with their proofs")
    .argument("<place>", "a ledger's directory, the directory of `up`, a log's address, or another bundle")
    .requiredOption("--out <file>", "where to write the bundle (a tar archive); it must not exist")
    .option("--trust <file>", "the trust file to put in; by default one that lies beside the ledger")
    .option("--from <instant>", "entries from this time on", parseAt)
    .option("--to <instant>", "entries before this time", parseAt)
    .option("--request <id>", "entries of this request", parseHandle)
    .option("--tenant-handle <handle>", "entries of this tenant's requests", parseHandle)
    .option("--json", "print what was written as JSON")
    .runs((terminal, place: string, flags: ExportFlags) => exportLedger(terminal, place, flags));
}

function wishOf({ from, to, request, tenantHandle }: ExportFlags): EntryWish | null {
  const wish = {
    fromMs: from ?? null,
    untilMs: to ?? null,
    request: request ?? null,
    tenant: tenantHandle ?? null,
  };
  return Object.values(wish).every((value) => value === null) ? null : wish;
}

function parseHandle(text: string): string {
  if (/^[0-9a-f]{32}$/.test(text)) return text;
  throw new InvalidArgumentError("expected 32 hex digits in lower case.");
}

/** Writes a bundle for an auditor. Nothing is verified: that is what the auditor does with it. */
async function exportLedger(terminal: Terminal, place: string, flags: ExportFlags): Promise<ExitCode> {
  const { out } = flags;
  const { logs, ...source } = await openSource(terminal, place);
  const trustFile = flags.trust ?? source.trustBeside;
  if (trustFile === null) {
    throw new UnusableInputError([
      `no trust file lies beside \`${place}\`, and a bundle holds one; give it with \`--trust\``,
    ]);
  }
  const own = flags.trust === undefined ? source.trust : null;
  const trust = own ?? readBytes("trust file", trustFile);
  parseTrust(trustFile, trust);
  const memberCount = await write(out, { logs, trust, wish: wishOf(flags) });
  if (flags.json)
    await terminal.printJson({
      file: out,
      members: memberCount,
      logs: logs.map(({ directory }) => directory),
    });
  else
    await terminal.print(
      `wrote ${out}, ${memberCount} files; check it with: bailiwick ledger verify ${out} --trust FILE`,
    );
  return exitCode.ok;
}

async function write(out: string, plan: Parameters<typeof exportBundle>[0]): Promise<number> {
  try {
    return await writeTar(out, exportBundle(plan));
  } catch (error) {
    if (error instanceof UnexportableLogError || error instanceof NothingChosenError)
      throw new UnusableInputError([error.message], { cause: error });
    throw asUnusable(`bundle \`${out}\` cannot be written`, error);
  }
}
