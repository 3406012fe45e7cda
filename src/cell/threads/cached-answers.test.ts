// The response cache of a cell that has several threads: each has its own, and what ends answers ends them in all.
import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { askAdmin } from "../../../test/support/ask-admin.ts";
import { type Ask, chatBody } from "../../../test/support/ask.ts";
import { cachingPolicy, solo } from "../../../test/support/caching-cell.ts";
import { keyOf, startTestCell, type TestCell } from "../../../test/support/test-cell.ts";
import { finishLog, SeenWorkers, withoutLimits } from "../../../test/support/threads.ts";

/** Over one connection, so of one thread. Its `bailiwick-cache`. */
type AskThread = (ask?: Ask) => Promise<string | null>;

const patient: Ask = { ...solo, headers: { "bailiwick-subject": "patient 17" } };
const erasure = { tenant: "demo-bank", person: "patient 17", ground: "gdpr-17-1-b" };

test("a thread gives again what it was told itself, and an erasure ends that in both", async (t) => {
  const { cell, threads } = await startTwo(t);
  const [one, other] = threads;
  assert.deepEqual([await one(patient), await one(patient)], ["miss", "hit"]);
  assert.equal(await other(patient), "miss", "the other thread has nothing of it");
  assert.deepEqual([await other(patient), await one(patient)], ["hit", "hit"]);
  assert.deepEqual([await one(solo), await other(solo)], ["miss", "miss"]);
  const before = await keptByAll(cell);
  assert.equal((await askAdmin(cell, "POST", "/admin/erasures", erasure)).status, 200);
  assert.equal(await keptByAll(cell), before / 2, "one answer of each thread's two is gone from memory");
  assert.deepEqual([await one(patient), await other(patient)], ["miss", "miss"]);
  assert.deepEqual([await one(solo), await other(solo)], ["hit", "hit"], "nobody else's is gone");
  const { entries, problems } = await finishLog(cell);
  assert.deepEqual(problems, []);
  const cached = entries.filter(
    (entry) => entry.t === "outcome" && entry.v !== 1 && entry.v !== 2 && entry.cached,
  );
  assert.equal(cached.length, 5);
});

test("a reload ends what any thread has, and one scrape says what all of them keep", async (t) => {
  const { cell, threads } = await startTwo(t);
  for (const ask of threads) await ask(solo);
  const bytes = await keptByAll(cell);
  assert.equal(await threads[0]({ ...solo, isStream: true }), "miss");
  assert.ok(bytes > 0 && (await keptByAll(cell)) > bytes);
  assert.equal(
    await cell.reload(twoThreads.replaceAll("lifetime-seconds: 60", "lifetime-seconds: 61")),
    null,
  );
  assert.equal(await keptByAll(cell), 0);
  for (const ask of threads) assert.equal(await ask(solo), "miss");
});

const twoThreads = withoutLimits(cachingPolicy);

async function startTwo(
  t: TestContext,
): Promise<{ readonly cell: TestCell; readonly threads: readonly [AskThread, AskThread] }> {
  const workers = new SeenWorkers();
  const cell = await startTestCell(t, { policy: twoThreads, workers: { count: 2, onWorker: workers.add } });
  const found = new Map<unknown, AskThread>();
  // The system deals connections; each is kept, and says by the log whose it is.
  for (let round = 0; round < 100 && found.size < 2; round++) {
    const ask = openConnection(t, cell);
    const before = workers.all.map((worker) => workers.finishedBy(worker));
    await ask({ tenant: "demo-clinic" });
    const isMoved = (worker: (typeof workers.all)[number], at: number): boolean =>
      workers.finishedBy(worker) > (before[at] ?? 0);
    while (!workers.all.some(isMoved)) await pause(5);
    found.set(workers.all.find(isMoved), ask);
  }
  const [one, other] = [...found.values()];
  assert.ok(one && other, "no connection came to one of the threads");
  return { cell, threads: [one, other] };
}

async function keptByAll({ gateway }: TestCell): Promise<number> {
  const scrape = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
  return Number(/^bailiwick_response_cache_bytes\{[^}]*\} (\d+)$/m.exec(scrape)?.[1] ?? assert.fail(scrape));
}

function openConnection(t: TestContext, { gateway }: TestCell): AskThread {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  return (ask = {}) => {
    const { promise, resolve, reject } = Promise.withResolvers<string | null>();
    const headers = {
      authorization: `Bearer ${keyOf(ask.tenant ?? "demo-bank")}`,
      "content-type": "application/json",
      ...ask.headers,
    };
    const sent = request(
      `${gateway.url}/v1/chat/completions`,
      { method: "POST", headers, agent },
      (answer) => {
        answer.on("end", () => {
          assert.equal(answer.statusCode, 200);
          resolve((answer.headers["bailiwick-cache"] as string | undefined) ?? null);
        });
        answer.resume();
      },
    );
    sent.on("error", reject);
    sent.end(chatBody(ask));
    return promise;
  };
}
