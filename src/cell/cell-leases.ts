// What the replicas of a cell lend each other of its limits, as the cell file asks for it.
import { monotonicNow } from "../clock/index.ts";
import { UnusableInputError } from "../disk/index.ts";
import { countingMs, LeaseKeeper } from "../gateway/index.ts";
import { randomBytes } from "../keys/index.ts";
import { isPostgres, type Ledger, openPostgresLeases } from "../store/index.ts";
import type { Logger } from "../telemetry/index.ts";
import { toHex } from "../base/index.ts";
import type { CellThreads } from "./threads/cell-threads.ts";
import type { LoadedCell } from "./load/loaded-cell.ts";

export interface CellLeases {
  /** The same threads; of each policy that they take up the limits are lent from then on. */
  following(threads: CellThreads): CellThreads;
  close(): Promise<void>;
}

interface LeaseParts {
  readonly memory: SharedArrayBuffer;
  readonly ledger: Pick<Ledger, "state">;
  readonly log: Logger;
}

/** Resolves when the store was asked once: before anything is served, and whatever it said. Null: the cell has one replica. */
export async function openCellLeases(
  { cell, cellFile, policy, limitStore }: LoadedCell,
  { memory, ledger, log }: LeaseParts,
): Promise<CellLeases | null> {
  const { fleet } = cellFile;
  if (fleet === null || limitStore === null) return null;
  if (!isPostgres(limitStore))
    throw new UnusableInputError([
      "`fleet.store` in the cell file is no address of a database; put `postgres://…` there",
    ]);
  const { replica, replicas, refusing } = fleet;
  const name = {
    scope: `${policy.deployment}/${cell.id}`,
    replica,
    replicas,
    incarnation: toHex(randomBytes(16)),
  };
  let inForce = policy;
  const keeper = new LeaseKeeper({
    memory,
    store: openPostgresLeases(limitStore, name),
    refusing,
    policy: () => inForce,
    monotonicNow,
    countingNow: () => countingMs({ now: Date.now, ledger }),
    onStore: (state) => log({ event: "limit_store_changed", cell: cell.id, state }),
  });
  await keeper.start();
  return {
    following: (threads) => ({
      ...threads,
      async reload(next) {
        const refusal = await threads.reload(next);
        if (refusal === null && next !== null) inForce = next.policy;
        return refusal;
      },
    }),
    close: () => keeper.close(),
  };
}
