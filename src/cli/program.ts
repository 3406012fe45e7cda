import { version } from "../cell/index.ts";
import { type Command, rootCommand } from "./terminal/command.ts";
import type { Terminal } from "./terminal/terminal.ts";
import { suggestForUnknownCommands } from "./terminal/unknown-command.ts";

/** In the order in which help lists them. What a command needs is loaded with it: a gateway holds no reports in memory. */
const commands: ReadonlyMap<string, () => Promise<(program: Command) => void>> = new Map(
  Object.entries({
    up: async () => (await import("./cell/up.ts")).addUpCommand,
    serve: async () => (await import("./cell/serve.ts")).addServeCommand,
    init: async () => (await import("./law/init/init.ts")).addInitCommand,
    import: async () => (await import("./operate/import.ts")).addImportCommand,
    check: async () => (await import("./law/check/check.ts")).addCheckCommand,
    decide: async () => (await import("./law/ask/decide.ts")).addDecideCommand,
    explain: async () => (await import("./law/ask/explain.ts")).addExplainCommand,
    diff: async () => (await import("./law/check/diff.ts")).addDiffCommand,
    calendar: async () => (await import("./law/check/calendar.ts")).addCalendarCommand,
    drill: async () => (await import("./law/check/drill.ts")).addDrillCommand,
    test: async () => (await import("./law/ask/test.ts")).addTestCommand,
    packs: async () => (await import("./law/packs/packs.ts")).addPacksCommand,
    legal: async () => (await import("./law/legal/legal.ts")).addLegalCommand,
    ledger: async () => (await import("./ledger/ledger.ts")).addLedgerCommand,
    report: async () => (await import("./report/report.ts")).addReportCommand,
    reconcile: async () => (await import("./operate/reconcile.ts")).addReconcileCommand,
    attest: async () => (await import("./operate/attest.ts")).addAttestCommand,
    erase: async () => (await import("./privacy/erase.ts")).addEraseCommand,
    hold: async () => (await import("./privacy/hold.ts")).addHoldCommand,
    quarantine: async () => (await import("./privacy/quarantine.ts")).addQuarantineCommand,
    disclose: async () => (await import("./privacy/disclose.ts")).addDiscloseCommand,
    keys: async () => (await import("./privacy/keys.ts")).addKeysCommand,
    records: async () => (await import("./privacy/records.ts")).addRecordsCommand,
    backup: async () => (await import("./cell/backup.ts")).addBackupCommand,
    restore: async () => (await import("./cell/restore.ts")).addRestoreCommand,
    witness: async () => (await import("./cell/witness.ts")).addWitnessCommand,
    completion: async () => (await import("./terminal/completion.ts")).addCompletionCommand,
  }),
);

/** They work on the whole tree, as help does. */
const needsAll: ReadonlySet<string> = new Set(["completion"]);

/** The command that the first of the words names, or else the whole tree: for help, and for what is spelt almost so. */
export async function createProgram(terminal: Terminal, words: readonly string[] = []): Promise<Command> {
  const [name = ""] = words;
  const one = needsAll.has(name) ? undefined : commands.get(name);
  const added = await Promise.all((one ? [one] : Array.from(commands.values())).map((load) => load()));
  const program = rootProgram(terminal);
  for (const add of added) add(program);
  return program;
}

function rootProgram(terminal: Terminal): Command {
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
  return program;
}
