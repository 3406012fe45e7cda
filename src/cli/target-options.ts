import type { Command } from "commander";
import { collect } from "./flags.ts";

export interface TargetFlags {
  readonly subject?: string;
  readonly tenant?: string;
  readonly person?: string;
  readonly month?: readonly string[];
}

/** Whose keys a command is about. */
export function addTargetOptions(command: Command): Command {
  return command
    .option("--subject <handle>", "one key, by the handle that ledger entries name it with")
    .option("--tenant <name>", "the keys of this tenant's subject, of all months")
    .option("--person <id>", "with --tenant: whom `bailiwick-subject` named; left out: nobody was named")
    .option("--month <yyyy-mm>", "with --tenant: this month only; may be repeated", collect);
}

/** As the admin API takes it. */
export function targetOf({ subject, tenant, person, month }: TargetFlags): Readonly<Record<string, unknown>> {
  return { subject, tenant, person, months: month };
}
