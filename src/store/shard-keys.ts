// A signing key for each shard. Once a shard is closed for good its private key is destroyed: whoever breaks into the
// cell later cannot sign a second history of a month that is over.
import { join } from "node:path";
import { destroySigningKey, openSigningKey, type SigningKey } from "../keys/index.ts";
import type { ShardName } from "./shard.ts";

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
