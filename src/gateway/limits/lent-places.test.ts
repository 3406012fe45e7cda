// Places that replicas of one cell lend each other, through a real PostgreSQL server.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import {
  enterAll,
  enterAndHold,
  leasingReplica,
  type LeasingOptions,
  type LeasingReplica,
  mostOf,
  places,
} from "../../../test/support/leasing-replica.ts";
import { postgresMissing, startPostgres } from "../../../test/support/postgres.ts";
import { later, type MonotonicClock } from "../../base/index.ts";
import { monotonicNow } from "../../clock/index.ts";
import { leaseMs } from "../../store/index.ts";
import type { Admitted } from "./limiter.ts";

const server = await startPostgres();
after(() => server?.stop());
const skip = server === null && postgresMissing;
const url = server?.url ?? "";

function replicaOf(options: Omit<LeasingOptions, "at">): LeasingReplica {
  return leasingReplica({ ...options, at: url });
}

test(
  "a busy replica is lent all that the others do not want, and gives way when they do",
  { skip },
  async () => {
    const levels = places(80);
    const [busy, other] = ["a", "b"].map((replica) => replicaOf({ levels, replica, scope: "lend" }));
    assert.ok(busy && other);
    for (const replica of [busy, other]) await replica.keeper.round();
    let held = 0;
    for (let round = 0; round < 8; round++) {
      held += enterAll(busy, levels);
      await busy.keeper.round();
    }
    // Its own quarter, and the half that is lent.
    assert.equal(held, 60);
    assert.equal(enterAll(other, levels), 20);
    await other.keeper.round();
    assert.equal(enterAll(other, levels), 0, "what is in use is not lent twice");
    await Promise.all([busy.keeper.close(), other.keeper.close()]);
  },
);

test(
  "a replica that is to give way keeps the places that are in use, and takes no more of them",
  { skip },
  async () => {
    const levels = places(80);
    const [busy, other] = ["a", "b"].map((replica) => replicaOf({ levels, replica, scope: "way" }));
    assert.ok(busy && other);
    const running: Admitted[] = [];
    for (let round = 0; round < 8; round++) {
      running.push(...enterAndHold(busy, levels));
      await busy.keeper.round();
    }
    let others = enterAll(other, levels);
    const rounds = async (): Promise<void> => {
      for (let round = 0; round < 3; round++) {
        for (const { keeper } of [other, busy]) await keeper.round();
        others += enterAll(other, levels);
      }
    };
    // Until it renews what it has, it hears of nobody.
    await delay(leaseMs / 3 + 50);
    await rounds();
    assert.deepEqual([running.length, others], [60, 20], "80 run");
    for (const entrance of running.splice(0, 15)) entrance.release();
    assert.equal(enterAll(busy, levels), 0);
    await rounds();
    assert.deepEqual([running.length, others], [45, 35]);
    await Promise.all([busy.keeper.close(), other.keeper.close()]);
  },
);

test(
  "what a replica does not want any more another one gets, and what it held when it died after its lease",
  { skip },
  async () => {
    const levels = places(40);
    const dead = replicaOf({ levels, replica: "dead", scope: "died" });
    for (let round = 0; round < 8; round++) {
      enterAll(dead, levels);
      await dead.keeper.round();
    }
    const heir = replicaOf({ levels, replica: "heir", scope: "died" });
    let held = enterAll(heir, levels);
    await heir.keeper.round();
    held += enterAll(heir, levels);
    assert.equal(held, 10, "its own quarter, while the lease of the other one goes on");
    await delay(leaseMs + 100);
    for (let round = 0; round < 8; round++) {
      await heir.keeper.round();
      held += enterAll(heir, levels);
    }
    assert.equal(held, 30);
    await heir.keeper.close();
  },
);

test(
  "a replica whose machine stood still for longer than its lease has what the others have left of it",
  { skip },
  async () => {
    const levels = places(80);
    let stoodStillMs = 0;
    const now: MonotonicClock = () => later(monotonicNow(), -stoodStillMs);
    const still = replicaOf({ levels, replica: "a", scope: "still", now });
    const other = replicaOf({ levels, replica: "b", scope: "still" });
    const running: Admitted[] = [];
    for (let round = 0; round < 8; round++) {
      running.push(...enterAndHold(still, levels));
      await still.keeper.round();
    }
    for (const entrance of running.splice(30)) entrance.release();
    // By its own clock it is a second later, and it has what it was lent.
    stoodStillMs = leaseMs - 900;
    await delay(leaseMs + 200);
    let others = 0;
    for (let round = 0; round < 8; round++) {
      others += enterAll(other, levels);
      await other.keeper.round();
    }
    assert.deepEqual([running.length, others], [30, 60]);
    assert.equal(mostOf(still, levels), 60);
    await still.keeper.round();
    assert.equal(enterAll(still, levels), 0);
    await Promise.all([still.keeper.close(), other.keeper.close()]);
  },
);
