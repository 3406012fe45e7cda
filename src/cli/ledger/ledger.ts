import { InvalidArgumentError } from "commander";
import { collect } from "../terminal/flags.ts";
import { addIndexCommand } from "./ledger-index-command.ts";
import { addExportCommand } from "./ledger-export.ts";
import { proveEntry, verifyProof } from "./ledger-proof.ts";
import { addQueryCommand } from "./ledger-query.ts";
import { addRetention } from "./ledger-retention.ts";
import { showLedger } from "./ledger-show.ts";
import { verifyLedgers } from "./ledger-verify.ts";
import type { Command } from "../terminal/command.ts";

const directoryHelp =
  "a cell's ledger directory, a copy of one log, the directory of `up`, or `s3://bucket/prefix`";
const seenHelp = "a checkpoint that somebody else kept, such as a witness; may be repeated";
const trustHelp =
  "whose signatures to trustSourceOf (tlog-policy); by default one that lies beside the ledger";

export function addLedgerCommand(program: Command): void {
  const ledger = program.command("ledger").description("read, prove and verify what was recorded");
  addVerify(ledger);
  addShow(ledger);
  addProof(ledger);
  addExportCommand(ledger);
  addRetention(ledger);
  addQueryCommand(ledger);
  addIndexCommand(ledger);
}

interface VerifyFlags {
  readonly trust?: string;
  readonly seen: readonly string[];
  readonly json?: boolean;
}

function addVerify(ledger: Command): void {
  ledger
    .command("verify")
    .description("check signatures, rebuild the tree from the entries, and check every tile and every rule")
    .argument(
      "<places...>",
      `${directoryHelp}; an \`http(s)://\` address of a log; a bundle that was exported`,
    )
    .option("--trust <file>", trustHelp)
    .option("--seen <file>", seenHelp, collect, [])
    .option("--json", "print one report for each log as JSON")
    .runs(async (terminal, places: readonly string[], { trust, seen, json }: VerifyFlags) => {
      const options = { trust: trust ?? null, seen, isJson: json ?? false };
      return verifyLedgers(terminal, places, options);
    });
}

interface ShowFlags {
  readonly index?: number;
  readonly from?: number;
  readonly to?: number;
  readonly json?: boolean;
}

function addShow(ledger: Command): void {
  ledger
    .command("show")
    .description("list entries; nothing is verified")
    .argument("<directory>", directoryHelp)
    .option("--index <number>", "this entry alone, in full", parseIndex)
    .option("--from <number>", "from this entry on", parseIndex)
    .option("--to <number>", "up to this entry, inclusive", parseIndex)
    .option("--json", "print one JSON value a line")
    .runs(async (terminal, directory: string, { index, from, to, json }: ShowFlags) => {
      const range = { from: index ?? from ?? 0, to: index ?? to ?? Number.MAX_SAFE_INTEGER };
      return showLedger(terminal, directory, {
        ...range,
        isJson: json ?? false,
        isOne: index !== undefined,
      });
    });
}

function addProof(ledger: Command): void {
  // The type is stated for the compiler to see that `error` never returns.
  const proof: Command = ledger
    .command("proof")
    .description("prove that an entry is in the log, for somebody who has nothing else of it")
    .argument("<directory>", directoryHelp)
    .option("--index <number>", "the entry (required)", parseIndex)
    .option("--out <file>", "where to write the proof (default: stdout)")
    .runs(async (terminal, directory: string, flags: { readonly index?: number; readonly out?: string }) => {
      // Commander would ask a required option of `proof verify` too.
      if (flags.index === undefined) proof.error("error: required option '--index <number>' not specified");
      return proveEntry(terminal, directory, {
        index: flags.index,
        out: flags.out ?? null,
      });
    });
  proof
    .command("verify")
    .description("check a proof offline: the signature, and that it commits to the entry")
    .argument("<proof>", "a .tlog-proof file")
    .requiredOption("--trust <file>", "whose signatures to trustSourceOf (tlog-policy)")
    .option("--entry <file>", "the entry that must be proven (default: the one that the proof carries)")
    .option("--json", "print the result as JSON")
    .runs(
      async (
        terminal,
        file: string,
        flags: { readonly trust: string; readonly entry?: string; readonly json?: boolean },
      ) => {
        return verifyProof(terminal, file, {
          trust: flags.trust,
          entry: flags.entry ?? null,
          isJson: flags.json ?? false,
        });
      },
    );
}

function parseIndex(text: string): number {
  const index = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(index)) return index;
  throw new InvalidArgumentError("expected a whole number from 0 on.");
}
