import { countedVolumes } from "../../config/index.ts";
import { UnusableInputError } from "../../disk/index.ts";
import { countedRetentionDays } from "../../gateway/index.ts";
import type { LocatedCell } from "./loaded-cell.ts";

/** Before anything is opened: a log that is deleted within a counter's period takes what was counted along. */
export function requireCountedRetention({ cellFile, policy, file }: LocatedCell): void {
  const { ledgerRetentionDays: days } = cellFile;
  const [counted] = countedVolumes(policy);
  if (counted === undefined || days === null || days >= countedRetentionDays) return;
  const [tenant, [volume]] = counted;
  throw new UnusableInputError([
    `\`${file}\`: \`ledger-retention-days\` is ${days}, and tenant \`${tenant}\` attests \`${volume?.counter}\`, which is counted from the ledger over a year; keep logs for ${countedRetentionDays} days or more, or leave the key out`,
  ]);
}
