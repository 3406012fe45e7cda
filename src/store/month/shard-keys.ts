// A signing key for each shard. Once a shard is closed for good its private key is destroyed: whoever breaks into the
// cell later cannot sign a second history of a month that is over.
import { join } from "node:path";
import { destroySigningKey, openSigningKey, type SigningKey } from "../../keys/index.ts";
import type { InstantMs } from "../../base/index.ts";
import type { NoteKey } from "../../ledger/index.ts";
import { verifierKeyOf } from "./open-shard.ts";
import { type LogIdentity, originOf, shardOf, type ShardName } from "../log/shard.ts";

export interface ShardKeys {
  /** Made when there is none. */
  open(shard: ShardName): SigningKey;
  /** Nothing happens when there is none. */
  destroy(shard: ShardName): void;
}

/** `<directory>/<yyyy-mm>.pem` */
export function shardKeysIn(directory: string): ShardKeys {
  const fileOf = (shard: ShardName): string => join(directory, `${shard}.pem`);
  return {
    open: (shard) => openSigningKey(fileOf(shard)),
    destroy: (shard) => destroySigningKey(fileOf(shard)),
  };
}

/** The key of a cell's log of this month, also before the log is there; made when there is none. */
export function presentLogKey(directory: string, identity: LogIdentity, nowMs: InstantMs): NoteKey {
  const shard = shardOf(nowMs);
  return verifierKeyOf(originOf(identity, shard), shardKeysIn(directory).open(shard));
}
