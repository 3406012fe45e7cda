// Which logs a cell keeps, for how long, and what it will delete: the cell itself does that, once a day.
import { join, resolve } from "node:path";
import { formatInstant, type InstantMs } from "../../base/index.ts";
import { keptUntil, listShards, type StoredShard } from "../../store/index.ts";
import { type ExitCode, exitCode } from "../terminal/exit-code.ts";
import { identityOf, locateCell } from "../../cell/index.ts";
import { formatTable } from "../terminal/table.ts";
import { asUnusableState } from "../../disk/index.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Command } from "../terminal/command.ts";

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
    .runs((terminal, flags: RetentionFlags) => showRetention(terminal, flags));
}

async function showRetention(terminal: Terminal, { config, cell, json }: RetentionFlags): Promise<ExitCode> {
  const located = locateCell({ file: resolve(config), wantedCell: cell ?? null });
  const days = located.cellFile.ledgerRetentionDays;
  const shards = (await readShards(located)).map((stored) => ({ ...stored, fate: fateOf(stored, days) }));
  if (json) {
    for (const { head, kind, fate } of shards) await terminal.printJson({ ...head, kind, ...fate });
    return exitCode.ok;
  }
  const rows = shards.map(({ head, kind, fate }) => [head.origin, String(head.size), kind, inWords(fate)]);
  await terminal.print(
    rows.length === 0 ? "no logs" : formatTable(["log", "entries", "state", "kept"], rows),
  );
  return exitCode.ok;
}

async function readShards(located: ReturnType<typeof locateCell>): Promise<readonly StoredShard[]> {
  const directory = join(located.stateDirectory, "ledger");
  try {
    return await listShards({ ...identityOf(located), directory });
  } catch (error) {
    throw asUnusableState(`ledger in \`${directory}\``, error);
  }
}

/** `until` is null for a log that is kept for ever. `days` says how long a log was kept that is gone. */
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
