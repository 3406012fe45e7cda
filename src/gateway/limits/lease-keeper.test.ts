// Replicas of one cell that lend each other what they do not use, through a real PostgreSQL server.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { Client } from "pg";
import {
  budget,
  enterAll,
  enterAndHold,
  leasingReplica,
  type LeasingOptions,
  type LeasingReplica,
  mostOf,
  places,
  reserve,
} from "../../../test/support/leasing-replica.ts";
import { limitLevel, policyOfLevels } from "../../../test/support/limit-level.ts";
import { momentAt } from "../../../test/support/moment-at.ts";
import { postgresMissing, startPostgres } from "../../../test/support/postgres.ts";
import { dayMs, elapsedMs } from "../../base/index.ts";
import { monotonicNow } from "../../clock/index.ts";
import { leaseMs } from "../../store/index.ts";
import { LevelUse } from "./level-use.ts";
import { controlThread, createLimitMemory, viewLimitMemory } from "./limit-memory.ts";
import { type Admitted, Limiter } from "./limiter.ts";

const server = await startPostgres();
after(() => server?.stop());
const skip = server === null && postgresMissing;
const url = server?.url ?? "";

function replicaOf(options: Omit<LeasingOptions, "at"> & { readonly at?: string }): LeasingReplica {
  return leasingReplica({ at: url, ...options });
}

interface Told {
  readonly admitted: number;
  readonly units: number;
  readonly mostInside: number;
}

test(
  "three replicas under all the load that they take let through no more than the limit, and spend no more than the budget",
  { skip },
  async () => {
    const inside = new Int32Array(new SharedArrayBuffer(4));
    const [perMinute, atOnce, money] = [3_000, 24, 400];
    const levels = [
      limitLevel({
        requestsPerMinute: perMinute,
        concurrentRequests: atOnce,
        budget: budget(money)[0]?.budget ?? null,
      }),
    ];
    const startedAt = monotonicNow();
    const workers = ["a", "b", "c"].map(
      (replica) =>
        new Worker(new URL("../../../test/support/limit-replica.ts", import.meta.url), {
          workerData: { url, replica, replicas: 3, levels, inside, forMs: 5_000 },
        }),
    );
    const told = await Promise.all(
      workers.map(async (worker) => {
        const [[one]] = (await Promise.all([once(worker, "message"), once(worker, "exit")])) as [
          [Told],
          unknown,
        ];
        return one;
      }),
    );
    const tookMs = elapsedMs(startedAt, monotonicNow());
    const admitted = told.reduce((sum, one) => sum + one.admitted, 0);
    assert.ok(admitted <= perMinute + (perMinute * tookMs) / 60_000, `${admitted} in ${tookMs} ms`);
    assert.ok(admitted >= perMinute / 2, `${admitted} of ${perMinute}`);
    assert.ok(
      told.every(({ mostInside }) => mostInside <= atOnce),
      JSON.stringify(told),
    );
    assert.ok(
      told.some(({ mostInside }) => mostInside > atOnce / 2),
      JSON.stringify(told),
    );
    const units = told.reduce((sum, one) => sum + one.units, 0);
    assert.ok(units <= money && units >= money / 2, `${units} of ${money}`);
  },
);

test("a limit that is asked for all the time keeps no other one from being renewed", { skip }, async () => {
  const calm = [limitLevel({ kind: "key", id: "t/key/calm", concurrentRequests: 40 })];
  const spent = budget(1);
  const replica = replicaOf({ levels: [...calm, ...spent], scope: "renewed" });
  for (let round = 0; round < 4; round++) {
    enterAll(replica, calm);
    await replica.keeper.round();
  }
  const startedAt = monotonicNow();
  while (elapsedMs(startedAt, monotonicNow()) < leaseMs + 500) {
    assert.equal(mostOf(replica, calm), 30, "its own quarter, and the half that is lent");
    assert.equal(reserve(replica, spent, 2).kind, "refused");
    await replica.keeper.round();
    await delay(50);
  }
  await replica.keeper.close();
});

test(
  "a store that is gone leaves each replica its own part, and nothing of a limit that says so",
  { skip },
  async () => {
    const levels = [limitLevel({ concurrentRequests: 40, requestsPerMinute: 4_000 })];
    const own = await startPostgres();
    assert.ok(own !== null);
    const open = replicaOf({ levels, replica: "open", scope: "gone", at: own.url });
    const closed = replicaOf({
      levels,
      replica: "shut",
      scope: "gone",
      at: own.url,
      refusing: ["requests-per-minute"],
    });
    for (const { keeper } of [open, closed]) await keeper.round();
    assert.equal(closed.limiter.enter(levels, monotonicNow()).kind, "admitted");
    const held: Admitted[] = [];
    for (let round = 0; round < 4; round++) {
      held.push(...enterAndHold(open, levels));
      await open.keeper.round();
    }
    await own.stop();
    assert.ok(held.length > 20, "it was lent more than its own part");
    for (const entrance of held) entrance.release();
    for (const entrance of enterAndHold(open, levels)) entrance.release();
    await delay(leaseMs + 100);
    for (const { keeper } of [open, closed]) await keeper.round();
    assert.equal(enterAll(open, levels), 10);
    const refusal = closed.limiter.enter(levels, monotonicNow());
    assert.ok(refusal.kind === "refused");
    assert.equal(refusal.limit, "requests-per-minute");
    assert.deepEqual(
      [open.states, closed.states],
      [
        ["there", "gone"],
        ["there", "gone"],
      ],
    );
    await Promise.all([open.keeper.close(), closed.keeper.close()]);
  },
);

test("a store that answers nothing, or garbage, is one that is gone, in time", { skip }, async () => {
  for (const answer of [null, "HTTP/1.1 400 Bad Request\r\n\r\n"]) {
    const sockets = createServer((socket) => {
      socket.on("error", () => undefined);
      if (answer !== null) socket.write(answer);
    });
    sockets.listen(0, "127.0.0.1");
    await once(sockets, "listening");
    const { port } = sockets.address() as { readonly port: number };
    const levels = places(40);
    const replica = replicaOf({ levels, scope: "late", at: `postgres://a@127.0.0.1:${port}/x` });
    const startedAt = monotonicNow();
    await replica.keeper.round();
    assert.ok(elapsedMs(startedAt, monotonicNow()) < 3_000);
    assert.deepEqual(replica.states, ["gone"]);
    assert.equal(enterAll(replica, levels), 10);
    sockets.close();
    await replica.keeper.close();
  }
});

test("amounts that are none are no answer, and change nothing", { skip }, async () => {
  const levels = budget(1_000);
  const honest = replicaOf({ levels, replica: "a", scope: "garbage" });
  await honest.keeper.round();
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query("UPDATE bailiwick_limits.budget SET ceiling = 'NaN' WHERE scope = 'garbage'");
  const reader = replicaOf({ levels, replica: "b", scope: "garbage" });
  await reader.keeper.round();
  assert.deepEqual(reader.states, ["gone"]);
  assert.equal(reserve(reader, levels, 1).kind, "refused");
  await client.query("DELETE FROM bailiwick_limits.budget WHERE scope = 'garbage'");
  await client.end();
  await Promise.all([honest.keeper.close(), reader.keeper.close()]);
});

test("to look at a limit refills nothing, and a rate that is lent brings no burst", () => {
  const levels = [limitLevel({ requestsPerMinute: 60 })];
  const memory = createLimitMemory(policyOfLevels(levels), 1, 2);
  const limiter = new Limiter({ memory, thread: 0 });
  const at = (ms: number): boolean => limiter.enter(levels, momentAt(ms)).kind === "admitted";
  for (let count = 0; count < 15; count++) assert.ok(at(0), "its own quarter");
  for (let ms = 0; ms < 3_900; ms += 100)
    limiter.standings(levels, { monotonicMs: momentAt(ms), askedMs: 0 });
  assert.ok(!at(3_900), "a request comes back in four seconds");
  const view = viewLimitMemory({ memory, thread: controlThread });
  const use = new LevelUse(view, view.levelNames.numberOf("t") ?? assert.fail("it has no words"));
  use.lend({ limit: "requests-per-minute", stated: 60, amount: 30, nowMs: momentAt(3_950) });
  use.lent.extend(momentAt(100_000));
  assert.ok(!at(3_950));
  // One of its own that was nearly back, and then three times as many.
  assert.deepEqual([at(4_100), at(4_100), at(5_500), at(5_500)], [true, false, true, false]);
});

test(
  "two processes with one name do not both use its part, and the second gets it when the first has left",
  { skip },
  async () => {
    const levels = places(40);
    const first = replicaOf({ levels, scope: "twins" });
    const second = replicaOf({ levels, scope: "twins" });
    for (const { keeper } of [first, second]) await keeper.round();
    assert.deepEqual([first.states, second.states], [["there"], ["refused"]]);
    assert.equal(enterAll(second, levels), 0);
    await first.keeper.close();
    await delay(1_100);
    await second.keeper.round();
    assert.ok(enterAll(second, levels) >= 10);
    await second.keeper.close();
  },
);

test(
  "a budget is spent in slices that add up to it, and a replica that comes back counts what it spent once",
  { skip },
  async () => {
    const levels = budget(100);
    const spend = async (replica: LeasingReplica): Promise<number> => {
      let units = 0;
      for (let refusals = 0; refusals < 3;) {
        const reserved = reserve(replica, levels, 1);
        if (reserved.kind === "reserved") {
          units++;
          refusals = 0;
        } else {
          refusals++;
          await replica.keeper.round();
        }
      }
      return units;
    };
    const [first, second] = ["a", "b"].map((replica) => replicaOf({ levels, replica, scope: "money" }));
    assert.ok(first && second);
    const [some, rest] = [await spend(first), await spend(second)];
    assert.ok(some + rest <= 100 && some + rest >= 95, `${some} and ${rest}`);
    await first.keeper.close();
    const again = replicaOf({ levels, replica: "a", scope: "money" });
    // As a start reads it from the ledger.
    again.limiter.reserve(
      levels,
      { tokens: 0, cost: 0n },
      { monotonicMs: monotonicNow(), askedMs: Date.now(), countedMs: Date.now() },
    );
    await again.keeper.round();
    await second.keeper.round();
    assert.equal(reserve(second, levels, 100 - rest + 1).kind, "refused");
    await Promise.all([again.keeper.close(), second.keeper.close()]);
  },
);

test("a replica whose clock is in a period to come is lent nothing of it", { skip }, async () => {
  const levels = budget(100);
  const aheadMs = Date.now() + 40 * dayMs;
  const ahead = replicaOf({ levels, scope: "ahead", countingNow: () => aheadMs });
  await ahead.keeper.round();
  assert.equal(reserve(ahead, levels, 1, aheadMs).kind, "refused");
  const right = replicaOf({ levels, replica: "b", scope: "ahead" });
  await right.keeper.round();
  assert.equal(reserve(right, levels, 1).kind, "reserved");
  await Promise.all([ahead.keeper.close(), right.keeper.close()]);
});

test("periods that are over make no exchange longer, and go once they are long over", { skip }, async () => {
  const levels = budget(100);
  const replica = replicaOf({ levels, scope: "past" });
  await replica.keeper.round();
  const client = new Client({ connectionString: url });
  await client.connect();
  const past = `INSERT INTO bailiwick_limits.budget SELECT 'past', 't', $1, 'r' || number, 1, 1 FROM generate_series(1, $2) AS number`;
  await client.query(past, [Date.now() - 40 * dayMs, 200_000]);
  await client.query(past, [Date.now() - 63 * dayMs, 10]);
  assert.equal(reserve(replica, levels, 1).kind, "reserved");
  assert.equal(reserve(replica, levels, 10).kind, "refused");
  await replica.keeper.round();
  assert.deepEqual(replica.states, ["there"]);
  const { rows } = await client.query(
    `SELECT count(*)::int FROM bailiwick_limits.budget WHERE scope = 'past'`,
  );
  assert.deepEqual(rows, [{ count: 200_001 }]);
  await client.end();
  await replica.keeper.close();
});

test(
  "of a replica that was away for a day nothing stays but its budgets, and its name may come back",
  { skip },
  async () => {
    const levels = budget(100).map((level) => ({ ...level, requestsPerMinute: 60, concurrentRequests: 40 }));
    const named = (replica: string, scope = "away"): LeasingReplica => replicaOf({ levels, replica, scope });
    const enterAll = ({ limiter }: LeasingReplica): void => {
      for (let count = 0; count < 60; count++) limiter.enter(levels, monotonicNow());
    };
    const gone = [named("a"), named("b"), named("a", "elsewhere")];
    for (const replica of gone) {
      await replica.keeper.round();
      enterAll(replica);
      assert.equal(reserve(replica, levels, 1).kind, "reserved");
      await replica.keeper.round();
    }
    const client = new Client({ connectionString: url });
    await client.connect();
    const age = async (name: string, hours: number): Promise<void> => {
      for (const table of ["replica", "share"])
        await client.query(
          `UPDATE bailiwick_limits.${table} SET ends = ends - $1 * INTERVAL '1 hour' WHERE replica = $2`,
          [hours, name],
        );
    };
    const left = async (table: string): Promise<unknown> => {
      const names = `SELECT DISTINCT scope, replica FROM bailiwick_limits.${table} WHERE scope IN ('away', 'elsewhere') ORDER BY 1, 2`;
      return (await client.query({ text: names, rowMode: "array" })).rows.map((row) =>
        (row as unknown[]).join(" "),
      );
    };
    await age("a", 25);
    await age("b", 23);
    const next = named("c");
    enterAll(next);
    await next.keeper.round();
    assert.deepEqual(await left("replica"), ["away b", "away c", "elsewhere a"]);
    assert.deepEqual(await left("share"), ["away b", "away c", "elsewhere a"]);
    assert.deepEqual(await left("budget"), ["away a", "away b", "away c", "elsewhere a"]);
    const back = named("a");
    await back.keeper.round();
    assert.deepEqual(back.states, ["there"]);
    await client.end();
    await Promise.all([next, back, ...gone].map(({ keeper }) => keeper.close()));
  },
);

test("a replica whose clock is in a period that is long over is lent nothing of it", { skip }, async () => {
  const levels = budget(100);
  const behindMs = Date.now() - 100 * dayMs;
  const behind = replicaOf({ levels, scope: "behind", countingNow: () => behindMs });
  await behind.keeper.round();
  assert.equal(reserve(behind, levels, 1, behindMs).kind, "refused");
  await behind.keeper.close();
});

test("ten thousand keys under load are renewed in time", { skip }, async () => {
  const levels = Array.from({ length: 10_000 }, (_, at) =>
    limitLevel({ kind: "key", id: `t/key/${at}`, concurrentRequests: 40 }),
  );
  const replica = replicaOf({ levels, scope: "many" });
  await replica.keeper.round();
  for (const level of levels) enterAll(replica, [level]);
  await replica.keeper.round();
  assert.deepEqual(replica.states, ["there"]);
  const [first, last] = [levels[0], levels.at(-1)];
  assert.ok(first && last);
  for (const level of [first, last]) assert.ok(enterAll(replica, [level]) > 0);
  await replica.keeper.close();
});
