import { collect } from "../terminal/flags.ts";
import type { Command } from "../terminal/command.ts";

export interface TargetFlags {
  readonly subject?: string;
  readonly tenant?: string;
  readonly person?: string;
  readonly month?: readonly string[];
  readonly evenIfNotInPolicy?: boolean;
}

/** Names are looked up; this is for one whom the policy does not name any more. */
export const evenIfNotInPolicy = {
  flags: "--even-if-not-in-policy",
  help: "with --tenant: one that has left the policy; its name is taken as it is",
} as const;

/** Whose keys a command is about. */
export function addTargetOptions(command: Command): Command {
  return command
    .option("--subject <handle>", "one key, by the handle that ledger entries name it with")
    .option("--tenant <name>", "the keys of this tenant's subject, of all months")
    .option("--person <id>", "with --tenant: whom `bailiwick-subject` named; left out: nobody was named")
    .option("--month <yyyy-mm>", "with --tenant: this month only; may be repeated", collect, [])
    .option(evenIfNotInPolicy.flags, evenIfNotInPolicy.help);
}

/** Writes the target as the admin API takes it. */
export function targetOf(flags: TargetFlags): Readonly<Record<string, unknown>> {
  const { subject, tenant, person, month, evenIfNotInPolicy: isTakenAsItIs } = flags;
  const months = month?.length ? month : undefined;
  return { subject, tenant, person, months, evenIfNotInPolicy: isTakenAsItIs };
}
