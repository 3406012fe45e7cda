// A log is cut by calendar month, for retention is a matter of whole logs. Where one month's log lies on disk.
import { join } from "node:path";
import { formatMonth, type InstantMs } from "../../base/index.ts";

/** The name of a month's log: `yyyy-mm`, in UTC. */
export type ShardName = `${number}-${number}`;

/** Whose log it is; what every origin in a ledger directory begins with. */
export interface LogIdentity {
  readonly deployment: string;
  readonly jurisdiction: string;
  readonly cell: string;
  /** Which process of the cell writes it; null where there is but one. */
  readonly replica: string | null;
}

export interface ShardPaths {
  /** Served as it is: https://c2sp.org/tlog-tiles */
  readonly log: string;
  readonly wal: string;
  readonly signedState: string;
  /** Is there once the log may be deleted; holds for how many days it was kept. */
  readonly pruned: string;
  /** Where files are before they have their name. */
  readonly newFiles: string;
}

export function shardOf(nowMs: InstantMs): ShardName {
  return formatMonth(nowMs) as ShardName;
}

/** When the month after it begins. */
export function endOf(shard: ShardName): InstantMs {
  const [year, month] = shard.split("-").map(Number);
  // Months are counted from 0 there, so this is the next one.
  return Date.UTC(year ?? 0, month ?? 0, 1);
}

/** When the month of this log is over. */
export function monthEndOf(origin: string): InstantMs {
  return endOf(origin.slice(-"yyyy-mm".length) as ShardName);
}

export function isShardName(name: string): name is ShardName {
  return /^\d{4}-(0[1-9]|1[0-2])$/.test(name);
}

/** The name of a key may hold no `+` (C2SP signed-note), so `AE+DIFC` is `AE.DIFC` here. */
export function originOf({ deployment, jurisdiction, cell, replica }: LogIdentity, shard: ShardName): string {
  const writer = replica === null ? cell : `${cell}/${replica}`;
  return `${deployment}/ledger/${jurisdiction.replace("+", ".")}/${writer}/${shard}`;
}

/**
 * The name of the cell's cosigning key, spelled as in its origins. It names no replica: a cell that cosigned the logs of its
 * own replicas would add nothing, and whose witness is whose is told by name (docs/spec/witness.md).
 */
export function witnessNameOf({ deployment, jurisdiction, cell }: Omit<LogIdentity, "replica">): string {
  return `${deployment}/witness/${jurisdiction.replace("+", ".")}/${cell}`;
}

export function shardPaths(directory: string, shard: ShardName): ShardPaths {
  return {
    log: join(directory, "log", shard),
    wal: join(directory, "wal", shard),
    signedState: join(directory, "state", shard, "signed"),
    pruned: join(directory, "state", shard, "pruned"),
    newFiles: join(directory, "state", shard, "new"),
  };
}
