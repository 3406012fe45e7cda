// Which logs a cell keeps, for how long, and what it will delete: the cell itself does that, once a day.
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { formatInstant, type InstantMs } from "../base/index.ts";
import { keptUntil, listShards, type StoredShard } from "../store/index.ts";
import { type ExitCode, exitCode } from "./exit-code.ts";
import { locateCell } from "./loaded-cell.ts";
import { print, printJson } from "./output.ts";
import { formatTable } from "./table.ts";
import { asUnusableState } from "./unusable-input.ts";

interface RetentionFlags {
  readonly config: string;
  readonly cell?: string;
  readonly json?: boolean;
}

export function addRetention(ledger: Command): void {
  ledger
    .command("retention")
    .description("list a cell's logs, how long each is kept, and which go next; deletes nothing itself")
    .requiredOption("--config <file>", "the cell file; `ledger-retention-days` says how long")
    .option("--cell <name>", "the cell of the policy, where the cell file does not say")
    .option("--json", "print one JSON value for each log")
    .action(async (flags: RetentionFlags) => {
      process.exitCode = await showRetention(flags);
    });
}

async function showRetention({ config, cell, json }: RetentionFlags): Promise<ExitCode> {
  const located = locateCell({ file: resolve(config), wantedCell: cell ?? null });
  const days = located.cellFile.ledgerRetentionDays;
  const shards = (await readShards(located)).map((stored) => ({ ...stored, fate: fateOf(stored, days) }));
  if (json) {
    for (const { head, kind, fate } of shards) await printJson({ ...head, kind, ...fate });
    return exitCode.ok;
  }
  const rows = shards.map(({ head, kind, fate }) => [head.origin, String(head.size), kind, inWords(fate)]);
  await print(rows.length === 0 ? "no logs" : formatTable(["log", "entries", "state", "kept"], rows));
  return exitCode.ok;
}

async function readShards({
  policy,
  cell,
  stateDirectory,
}: ReturnType<typeof locateCell>): Promise<readonly StoredShard[]> {
  const directory = join(stateDirectory, "ledger");
  try {
    return await listShards({
      directory,
      deployment: policy.deployment,
      jurisdiction: cell.place,
      cell: cell.id,
    });
  } catch (error) {
    throw asUnusableState(`ledger in \`${directory}\``, error);
  }
}

/** `until`: null for a log that is kept for ever. `days`: for how long a log was kept that is gone. */
interface Fate {
  readonly until: string | null;
  readonly isDue: boolean;
  readonly days: number | null;
}

function fateOf({ shard, kind, keptDays }: StoredShard, days: number | null): Fate {
  if (kind === "pruned") return { until: null, isDue: false, days: keptDays };
  if (days === null) return { until: null, isDue: false, days: null };
  const until: InstantMs = keptUntil(shard, days);
  return { until: formatInstant(until), isDue: kind === "ended" && until <= Date.now(), days };
}

function inWords({ until, isDue, days }: Fate): string {
  if (until === null) return days === null ? "for ever" : `for ${days} days, then deleted`;
  return isDue ? "goes within a day, or at the next start" : `until ${until}`;
}
