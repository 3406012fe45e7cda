// Gateway threads of their own, on one port, of real parts.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { askAdmin } from "../../../test/support/ask-admin.ts";
import { limitedPolicy } from "../../../test/support/limited-policy.ts";
import { noteOf, putNote, suspension, withCounsel } from "../../../test/support/legal-notes.ts";
import { chunkEvent, startRawUpstream, streamHead } from "../../../test/support/raw-http.ts";
import { sellerPolicy } from "../../../test/support/seller-policy.ts";
import {
  keyHash,
  readTestPolicy,
  startTestCell,
  type TestCell,
  type TestCellOptions,
  testPolicy,
} from "../../../test/support/test-cell.ts";
import { askAlone, finishLog, policyForThreads, SeenWorkers } from "../../../test/support/threads.ts";
import type { CellId } from "../../base/index.ts";
import type { LimitStanding } from "../../gateway/index.ts";
import { servedByOneThread } from "../load/one-thread-only.ts";
import { requireFreeAddress } from "./free-address.ts";

const withModelInside = policyForThreads.replace(
  /fra-1: \{ cell: eu-frankfurt, engine: sim, url: [^,]*,/,
  "fra-1: { cell: eu-frankfurt, engine: llamacpp,",
);

test("two threads serve callers on one port, and one ledger, one scrape and one log tell of both", async (t) => {
  const { cell, workers } = await startTwo(t);
  const answers = await Promise.all(Array.from({ length: 40 }, () => askAlone(cell)));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  while (finishedLines(cell) < 40) await pause(5);
  for (const worker of workers.all) assert.ok(workers.finishedBy(worker) > 0, "one thread served nobody");
  assert.equal(await requestsTold(cell), 40);
  const { entries, problems } = await finishLog(cell);
  assert.deepEqual(problems, []);
  assert.equal(entries.filter((entry) => entry.t === "outcome" && entry.result === "complete").length, 40);
});

test("an erased subject's key is in no thread any more when the erasure is done", async (t) => {
  const { cell } = await startTwo(t);
  const headers = { "bailiwick-subject": "patient-4711" };
  const ask = async (): Promise<void> => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => askAlone(cell, { headers })));
    assert.ok(answers.every(({ status }) => status === 200));
  };
  await ask();
  const order = { tenant: "demo-bank", person: "patient-4711", ground: "gdpr-17-1-b" };
  assert.equal((await askAdmin(cell, "POST", "/admin/erasures", order)).status, 200);
  await ask();
  const { entries, problems } = await finishLog(cell);
  assert.deepEqual(problems, []);
  const erased = entries.findIndex((entry) => entry.t === "erasure");
  const subjectsOf = (part: typeof entries): ReadonlySet<string> =>
    new Set(part.flatMap((entry) => (entry.t === "decision" ? [entry.subject] : [])));
  const [before, after] = [subjectsOf(entries.slice(0, erased)), subjectsOf(entries.slice(erased))];
  assert.deepEqual([before.size, after.size], [1, 1]);
  assert.ok(
    !Array.from(before).some((handle) => after.has(handle)),
    "a thread recorded under the erased key",
  );
});

test("a suspension has effect in every thread before it is on record", async (t) => {
  const { cell } = await startTwo(t, { policy: withCounsel(policyForThreads) });
  putNote(cell.legalDirectory, "a.note", noteOf(suspension("stop-rhein", "operator", "rhein-cloud")));
  while (!cell.entries.some((entry) => entry.t === "legal")) await pause(5);
  const answers = await Promise.all(Array.from({ length: 20 }, () => askAlone(cell)));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([451]));
});

test("an endpoint that one thread put into quarantine gets nothing from the others", async (t) => {
  const { cell } = await startTwo(t);
  await cell.setFault("fra-1", "wrong-region");
  await askAlone(cell, { model: "solo" });
  while (!cell.logLines.some((line) => line.includes('"quarantined"'))) await pause(5);
  await cell.setFault("fra-1", "none");
  await pause(100);
  const before = await cell.requestsAt("fra-1");
  const answers = await Promise.all(Array.from({ length: 20 }, () => askAlone(cell, { model: "solo" })));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([503]));
  assert.equal(await cell.requestsAt("fra-1"), before);
});

test("a policy is taken up by all threads, and one that a single thread must serve by none", async (t) => {
  const { cell } = await startTwo(t);
  const newcomer = policyForThreads.replace(
    "tenants:\n",
    `tenants:\n  newcomer: { established: DE, subjects: DE, class: personal, keys: { a: { sha256: ${keyHash("sk-newcomer")} } } }\n`,
  );
  assert.equal(await cell.reload(newcomer), null);
  const ask = (): Promise<readonly { status: number }[]> =>
    Promise.all(Array.from({ length: 20 }, () => askAlone(cell, { tenant: "newcomer" })));
  assert.deepEqual(new Set((await ask()).map(({ status }) => status)), new Set([200]));
  assert.equal(await cell.reload(withModelInside), "restart_needed");
  assert.deepEqual(new Set((await ask()).map(({ status }) => status)), new Set([200]));
});

test("a thread that is lost is replaced: its requests have an outcome, the others go on, and nothing counted is forgotten", async (t) => {
  const finish = Promise.withResolvers<void>();
  const upstream = await startRawUpstream(t, (socket) => {
    socket.write(streamHead + chunkEvent("Hello"));
    void finish.promise.then(() => socket.end("data: [DONE]\n\n"));
  });
  const { cell, workers } = await startTwo(t, { urls: { "fra-1": upstream.url } });
  await Promise.all(Array.from({ length: 20 }, () => askAlone(cell, { tenant: "demo-shop" })));
  const heard = Array.from({ length: 12 }, () => Promise.withResolvers<void>());
  const streams = heard.map(({ resolve }) => askAlone(cell, { model: "solo", isStream: true }, resolve));
  // Each one's decision is on disk before anything of its answer is released.
  await Promise.all(heard.map(({ promise }) => promise));
  const toldBefore = await requestsTold(cell);
  await workers.all[0]?.terminate();
  while (!cell.logLines.some((line) => line.includes('"thread_replaced"'))) await pause(10);
  assert.equal((await fetch(`${cell.gateway.adminUrl}/readyz`)).status, 200);
  assert.ok((await requestsTold(cell)) >= toldBefore, "counters fell");
  const replacement = workers.all[2];
  assert.ok(replacement);
  while (workers.finishedBy(replacement) === 0) await askAlone(cell, { tenant: "demo-clinic" });
  finish.resolve();
  const answers = await Promise.all(streams);
  const cut = answers.filter(({ status }) => status === 0).length;
  assert.ok(cut > 0 && cut < 12, `${cut} of 12 were cut`);
  const { entries, problems, openDecisionCount } = await finishLog(cell);
  assert.deepEqual([problems, openDecisionCount], [[], 0]);
  const unknown = entries.filter((entry) => entry.t === "outcome" && entry.result === "unknown");
  assert.equal(unknown.length, cut);
  assert.match(cell.metrics(), /kind="thread_lost"\} 1\n/);
});

test("what a lost thread had in force, the one in its place has", async (t) => {
  const { cell, workers } = await startTwo(t, { policy: withCounsel(policyForThreads) });
  putNote(cell.legalDirectory, "a.note", noteOf(suspension("stop-rhein", "operator", "rhein-cloud")));
  while (!cell.entries.some((entry) => entry.t === "legal")) await pause(5);
  await Promise.all(workers.all.map((worker) => worker.terminate()));
  while (replacedLines(cell) < 2) await pause(10);
  const answers = await Promise.all(Array.from({ length: 10 }, () => askAlone(cell)));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([451]));
});

test("threads that are lost one after the other, and while they start, are replaced, and the cell serves meanwhile", async (t) => {
  const { cell, workers } = await startTwo(t);
  // Two were there, four come in the place of others at once, and the next one after a pause.
  for (let count = 2; count <= 6; count++) {
    await untilOpened(workers, count);
    await workers.all[count - 1]?.terminate();
  }
  assert.equal((await askAlone(cell)).status, 200);
  assert.equal((await fetch(`${cell.gateway.adminUrl}/readyz`)).status, 200);
  while (replacedLines(cell) === 0) await pause(50);
  assert.equal(workers.all.length, 7);
  const replacement = workers.all[6];
  assert.ok(replacement);
  while (workers.finishedBy(replacement) === 0) assert.equal((await askAlone(cell)).status, 200);
  assert.match(cell.metrics(), /kind="thread_lost"\} 5\n/);
});

test("an address that somebody listens on is not shared with them", async (t) => {
  const other = createServer().listen(0, "127.0.0.1");
  t.after(() => other.close());
  await new Promise((resolve) => other.once("listening", resolve));
  const { port } = other.address() as AddressInfo;
  await assert.rejects(
    requireFreeAddress("eu-frankfurt" as CellId, { host: "127.0.0.1", port }),
    /cell `eu-frankfurt` cannot listen for callers/,
  );
});

test("a limit is one for all threads, and a thread that is lost gives back the places of its requests", async (t) => {
  const limits = "{ requests-per-minute: 30, concurrent-requests: 20 }";
  const { cell, workers } = await startTwo(t, { policy: limitedPolicy({ tenantLimits: limits }) });
  const ask = { tenant: "buyer", model: "cheap" };
  await cell.setFault("near", "hang");
  const hanging = Array.from({ length: 10 }, () => askAlone(cell, ask).catch(() => null));
  const placesInUse = async (): Promise<number | undefined> => {
    const { body } = await askAdmin(cell, "GET", "/admin/limits");
    const { limits: standings } = body as { readonly limits: readonly LimitStanding[] };
    return standings.find(({ limit }) => limit === "concurrent-requests")?.used;
  };
  while ((await placesInUse()) !== 10) await pause(10);
  for (const worker of Array.from(workers.all)) await worker.terminate();
  while ((await placesInUse()) !== 0) await pause(10);
  await Promise.all(hanging);
  await cell.setFault("near", "none");
  const statuses: (number | undefined)[] = [];
  for (let count = 0; count < 30; count++)
    statuses.push((await askAlone(cell, ask).catch(() => undefined))?.status);
  const answered = statuses.filter((status) => status === 200).length;
  assert.ok(answered >= 18 && answered <= 26, `${answered} of 20 that were left, at one more in two seconds`);
});

test("counted people and a model in the process are named as what one thread alone serves", () => {
  const cell = "eu-frankfurt" as CellId;
  assert.deepEqual(servedByOneThread(readTestPolicy(policyForThreads), cell), []);
  assert.deepEqual(servedByOneThread(readTestPolicy(testPolicy), cell), [], "limits are counted by all");
  const seller = readTestPolicy(sellerPolicy(10));
  const [counted] = servedByOneThread(seller, cell);
  assert.match(counted ?? "", /attests volumes/);
  const [model] = servedByOneThread(readTestPolicy(withModelInside), cell);
  assert.match(model ?? "", /^endpoint `fra-1` is a model in this process/);
});

async function startTwo(
  t: TestContext,
  options: TestCellOptions = {},
): Promise<{ readonly cell: TestCell; readonly workers: SeenWorkers }> {
  const workers = new SeenWorkers();
  const cell = await startTestCell(t, {
    policy: policyForThreads,
    ...options,
    workers: { count: 2, onWorker: workers.add },
  });
  return { cell, workers };
}

async function untilOpened(workers: SeenWorkers, count: number): Promise<void> {
  while (workers.all.length < count) await pause(10);
}

function finishedLines(cell: TestCell): number {
  return cell.logLines.filter((line) => line.includes('"request_finished"')).length;
}

function replacedLines(cell: TestCell): number {
  return cell.logLines.filter((line) => line.includes('"thread_replaced"')).length;
}

async function requestsTold(cell: TestCell): Promise<number> {
  return sumOf(await scrape(cell), "bailiwick_requests_total");
}

function sumOf(text: string, name: string): number {
  const values = Array.from(text.matchAll(new RegExp(`^${name}\\{[^}]*\\} (\\d+)$`, "gm")), ([, value]) =>
    Number(value),
  );
  return values.reduce((total, value) => total + value, 0);
}

async function scrape(cell: TestCell): Promise<string> {
  return (await fetch(`${cell.gateway.adminUrl}/metrics`)).text();
}
