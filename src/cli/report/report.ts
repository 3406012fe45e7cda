// `bailiwick report`: what an auditor asks for, out of a ledger that verifies.
import { InvalidArgumentError, Option } from "commander";
import { type ReportRegime, reportRegimes } from "../../operate/index.ts";
import { parseAt } from "../terminal/flags.ts";
import { makeReport } from "./report-make.ts";
import { checkReport } from "./report-verify.ts";
import { evenIfNotInPolicy } from "../privacy/target-options.ts";
import type { Command } from "../terminal/command.ts";

interface ReportFlags {
  readonly regime?: ReportRegime;
  readonly from?: number;
  readonly to?: number;
  readonly out?: string;
  readonly tenant?: string;
  readonly config?: string;
  readonly cell?: string;
  readonly trust?: string;
  readonly with?: string;
  readonly evenIfNotInPolicy?: boolean;
  readonly sampleSeed?: string;
  readonly key?: string;
  readonly json?: boolean;
}

export function addReportCommand(program: Command): void {
  // The type is stated for the compiler to see that `error` never returns.
  const report: Command = program
    .command("report")
    .description("what an auditor asks for: counted from entries, signed, with a proof of each cited record")
    .argument(
      "[directory]",
      "a cell's ledger: a folder, the directory of `up`, the address of a log, or a bundle of `ledger export`",
    )
    .addOption(new Option("--regime <regime>", "what is asked (required)").choices(reportRegimes))
    .option("--from <instant>", "from this moment on (required)", parseAt)
    .option("--to <instant>", "before this moment (required)", parseAt)
    .option("--out <folder>", "a new folder for the report (required)")
    .option("--tenant <tenant>", "of one tenant: its handle, or its name with `--config`")
    .option(evenIfNotInPolicy.flags, evenIfNotInPolicy.help)
    .option("--config <file>", "the cell file of the cell whose tenant is named")
    .option("--cell <name>", "the cell, if the cell file does not say")
    .option(
      "--trust <file>",
      "whose signatures to believe (tlog-policy); by default one that lies beside the ledger",
    )
    .option("--with <directory>", "the ledger of another cell, to find the imports of transfers in")
    .option("--sample-seed <seed>", "picks the cited records (default: the roots of the logs)", parseSeed)
    .option(
      "--key <file>",
      "the key that signs, made if it is missing (default: keys/report.pem beside the ledger)",
    )
    .option("--json", "print the result as JSON")
    .runs(async (terminal, directory: string | undefined, flags: ReportFlags) => {
      const { regime, from, to, out } = flags;
      // Commander would ask required options of `report verify` too.
      if (directory === undefined) report.error("error: missing required argument 'directory'");
      if (regime === undefined) report.error("error: required option '--regime <regime>' not specified");
      if (from === undefined) report.error("error: required option '--from <instant>' not specified");
      if (to === undefined) report.error("error: required option '--to <instant>' not specified");
      if (out === undefined) report.error("error: required option '--out <folder>' not specified");
      if (to <= from) report.error("error: '--to' must be later than '--from'");
      return makeReport(terminal, directory, {
        question: { regime, fromMs: from, toMs: to, seed: flags.sampleSeed ?? null },
        folder: out,
        tenant:
          flags.tenant === undefined
            ? null
            : {
                tenant: flags.tenant,
                config: flags.config ?? null,
                cell: flags.cell ?? null,
                isLeft: flags.evenIfNotInPolicy ?? false,
              },
        trust: flags.trust ?? null,
        peer: flags.with ?? null,
        key: flags.key ?? null,
        isJson: flags.json ?? false,
      });
    });
  addVerify(report);
}

function addVerify(report: Command): void {
  const verify: Command = report
    .command("verify")
    .description("check a report offline: its signature, its files, and every proof")
    .argument("<folder>", "the folder of a report")
    .option(
      "--trust <file>",
      "whose signatures to believe: logs, witnesses, and the report's key as a `log` line (required)",
    )
    .option("--json", "print the result as JSON")
    .runs(async (terminal, folder: string) => {
      // `report` has these options too, and takes them from the line before its subcommand sees it.
      const { trust, json } = verify.optsWithGlobals<{ trust?: string; json?: boolean }>();
      if (trust === undefined) verify.error("error: required option '--trust <file>' not specified");
      return checkReport(terminal, folder, { trust, isJson: json ?? false });
    });
}

function parseSeed(text: string): string {
  if (/^[!-~]{1,128}$/.test(text)) return text;
  throw new InvalidArgumentError("expected 1 to 128 printable ASCII characters without blanks.");
}
