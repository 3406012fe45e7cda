// The signing keys of a ledger's months, on a medium that no simulated crash can harm.
import type { ShardName } from "../../src/store/log/shard.ts";
import type { ShardKeys } from "../../src/store/month/shard-keys.ts";
import { signerOf } from "./ledger-months.ts";

/** A key for each month, which follows from its name. One that is destroyed cannot be opened again. */
export class MonthKeys implements ShardKeys {
  readonly destroyed: Set<ShardName> = new Set();

  open(shard: ShardName): ReturnType<ShardKeys["open"]> {
    if (this.destroyed.has(shard)) throw new Error(`the key of ${shard} is destroyed`);
    const { key, sign } = signerOf(shard);
    return { publicKey: key.publicKey, sign };
  }

  destroy(shard: ShardName): void {
    this.destroyed.add(shard);
  }
}
