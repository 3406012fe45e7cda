// A policy that changes, and a legal event, in the middle of many requests: each request lives by what it was decided
// by, nobody is refused whom the law does not refuse, and not a byte goes to what an event forbids.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type Answered, askChat } from "./support/ask.ts";
import { startFakeModelServer } from "./support/fake-model-server.ts";
import { listenLate } from "./support/late-listener.ts";
import { noteOf, policyWithCounsel, putNote, suspension } from "./support/legal-notes.ts";
import { keyHash, startTestCell, type TestCell, testPolicy } from "./support/test-cell.ts";

/** Played by the test: of the OpenAI dialect and no more. */
const plain = (policy: string): string =>
  policy.replaceAll(/(fra-[12]: \{ cell: eu-frankfurt, engine:) sim/g, "$1 openai-compatible");
const policy = plain(testPolicy);
const policyWithEvents = plain(policyWithCounsel);

const requests = 200;
const atOnce = 20;

test(`a reload amid ${requests} requests with failovers refuses nobody, and each entry names what it was decided by`, async (t) => {
  const failing = [
    await startFake(t, { isEverySecondBusy: true }),
    await startFake(t, { isEverySecondBusy: true }),
  ];
  const [one, two] = failing.map(({ url }) => url);
  const cell = await startTestCell(t, { policy, urls: { "fra-1": one ?? "", "fra-2": two ?? "" } });
  const before = (await askChat(cell)).headers.get("bailiwick-policy");
  const added = policy
    .replace(
      "endpoints:\n",
      "endpoints:\n  fra-4: { cell: eu-frankfurt, engine: sim, url: http://127.0.0.1:1, operator: rhein-cloud, place: DE }\n",
    )
    .replace("served-by: { fra-1: assistant,", "served-by: { fra-4: assistant, fra-1: assistant,")
    .replace(
      "tenants:\n",
      `tenants:\n  newcomer: { established: DE, subjects: DE, class: personal, keys: { a: { sha256: ${keyHash("sk-newcomer")} } } }\n`,
    );
  const answers = await askMany(cell, { halfway: async () => assert.equal(await cell.reload(added), null) });
  assert.deepEqual(tally(answers), { 200: requests });
  const after = (await askChat(cell, { tenant: "newcomer" })).headers.get("bailiwick-policy");
  assert.notEqual(after, before);
  assertNamedPolicies(cell, [before, after]);
  const attempts = cell.entries.flatMap((entry) => (entry.t === "outcome" ? entry.attempts : []));
  assert.ok(attempts.filter(({ failure }) => failure !== null).length > 20, "hardly anything failed over");
  while ((await cell.requestsAt("fra-4")) === 0) await askChat(cell);
});

test(`a legal event amid ${requests} requests lets no byte through to what it forbids, and the others are served`, async (t) => {
  const one = await startFake(t, { delayMs: 15 });
  // Requests that are with it when the event comes fail over, to the endpoint that was lawful when they were decided.
  const two = await startFake(t, { delayMs: 400, isBusy: true });
  const urls = { "fra-1": one.url, "fra-2": two.url };
  const cell = await startTestCell(t, { policy: policyWithEvents, urls });
  const asked = askMany(cell, { halfway: async () => undefined });
  while (two.posts < 3) await pause(1);
  await suspend(cell, "fra-1");
  // What was written before the event may still be in the kernel's hands.
  await pause(50);
  one.posts = 0;
  const answers = await asked;
  assert.deepEqual(tally(answers), { 200: requests });
  assert.equal(one.posts, 0, "something reached the suspended endpoint");
  assert.ok(redecided(cell) > 0, "no request was about to go there");
  assertRedecisions(cell);
});

test("a connection that is still being made when the event comes carries nothing, and its request is served elsewhere", async (t) => {
  const late = await listenLate(t);
  const cell = await startTestCell(t, { policy: policyWithEvents, urls: { "fra-1": late.url } });
  const asked = Array.from({ length: 12 }, () => askChat(cell));
  // On a busy machine 300 ms may pass before the first of them is decided.
  while (cell.entries.filter(({ t: kind }) => kind === "decision").length < asked.length) await pause(5);
  await pause(300);
  await suspend(cell, "fra-1");
  const answers = await Promise.all(asked);
  late.accept();
  await pause(200);
  assert.deepEqual(tally(answers), { 200: 12 });
  assert.equal(late.receivedBytes(), 0);
  assert.ok(redecided(cell) > 0, "no request was waiting for a connection");
  assertRedecisions(cell);
});

test("an endpoint that a reload takes away while it answers is let finish, and is asked no more", async (t) => {
  const leaving = await startFake(t, { delayMs: 400 });
  const cell = await startTestCell(t, { policy, urls: { "fra-1": leaving.url } });
  const asked = askChat(cell, { model: "solo" });
  while (leaving.posts === 0) await pause(5);
  const without = policy
    .replace(/^ {2}fra-1: .*\n/m, "")
    .replace("fra-1: assistant, ", "")
    .replace("solo: { served-by: { fra-1: assistant } }", "solo: { served-by: { fra-2: assistant } }");
  assert.equal(await cell.reload(without), null);
  assert.equal((await asked).status, 200);
  assert.equal((await askChat(cell, { model: "solo" })).headers.get("bailiwick-endpoint"), "fra-2");
  assert.equal(leaving.posts, 1);
});

test("an endpoint that moves under its name is asked at its new address by those who come later", async (t) => {
  const [here, there] = [await startFake(t, { delayMs: 300 }), await startFake(t, {})];
  const urls: Record<string, string> = { "fra-1": here.url };
  const cell = await startTestCell(t, { policy, urls });
  const asked = askChat(cell, { model: "solo" });
  while (here.posts === 0) await pause(5);
  urls["fra-1"] = there.url;
  assert.equal(await cell.reload(policy), null);
  assert.equal((await askChat(cell, { model: "solo" })).status, 200);
  assert.deepEqual([here.posts, there.posts], [1, 1]);
  assert.equal((await asked).status, 200);
});

test("a hundred reloads in a second leave the last one in force, and no request behind", async (t) => {
  const cell = await startTestCell(t, { policy });
  const stop = { isStopped: false };
  const statuses = new Set<number>();
  const asking = (async () => {
    while (!stop.isStopped) statuses.add((await askChat(cell)).status);
  })();
  const versions = Array.from({ length: 100 }, (_, version) => `${policy}# version ${version}\n`);
  for (const version of versions) assert.equal(await cell.reload(version), null);
  stop.isStopped = true;
  await asking;
  assert.deepEqual([...statuses], [200]);
  const last = (await askChat(cell)).headers.get("bailiwick-policy");
  assert.equal(await cell.reload(versions.at(-1) ?? ""), null);
  assert.equal((await askChat(cell)).headers.get("bailiwick-policy"), last);
});

interface Traffic {
  /** Runs once half of the requests have been answered, beside the others. */
  readonly halfway: () => Promise<void>;
}

async function askMany(cell: TestCell, { halfway }: Traffic): Promise<readonly Answered[]> {
  const answers: Answered[] = [];
  const turned = Promise.withResolvers<void>();
  let hasTurned = false;
  let asked = 0;
  const caller = async (): Promise<void> => {
    while (asked < requests) {
      asked++;
      answers.push(await askChat(cell, { isStream: asked % 3 === 0 }));
      if (hasTurned || answers.length < requests / 2) continue;
      hasTurned = true;
      halfway().then(turned.resolve, turned.reject);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  await turned.promise;
  return answers;
}

async function suspend(cell: TestCell, endpoint: string): Promise<void> {
  putNote(cell.legalDirectory, "a.note", noteOf(suspension(`stop-${endpoint}`, "endpoint", endpoint)));
  while (!cell.metrics().includes('bailiwick_legal_events{cell="eu-frankfurt"} 1\n')) await pause(2);
}

function tally(answers: readonly Answered[]): Readonly<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

function assertNamedPolicies(cell: TestCell, hashes: readonly (string | null)[]): void {
  const named = new Set(cell.entries.flatMap((entry) => (entry.t === "decision" ? [entry.policy] : [])));
  assert.deepEqual(named, new Set(hashes));
}

function redecided({ entries }: TestCell): number {
  return entries.filter((entry) => entry.t === "outcome" && entry.result === "redecided").length;
}

/** Every decision that was overtaken is closed as such, and followed by the next one of the same request. */
function assertRedecisions(cell: TestCell): void {
  const revisions = new Map<string, number>();
  for (const entry of cell.entries) {
    if (entry.t === "decision" && entry.v === 3) {
      assert.equal(entry.revision, revisions.get(entry.rid) ?? 0);
    }
    if (entry.t === "outcome" && entry.result === "redecided") {
      revisions.set(entry.rid, (revisions.get(entry.rid) ?? 0) + 1);
    }
  }
}

interface CountingServer {
  readonly url: string;
  posts: number;
}

interface FakeOptions {
  readonly isBusy?: boolean;
  readonly isEverySecondBusy?: boolean;
  readonly delayMs?: number;
}

async function startFake(
  t: { after(hook: () => Promise<void>): void },
  { isBusy = false, isEverySecondBusy = false, delayMs = 0 }: FakeOptions,
): Promise<CountingServer> {
  const fake = await startFakeModelServer();
  fake.delayMs = delayMs;
  const counting = { url: fake.url, posts: 0 };
  fake.onRequest = () => {
    counting.posts++;
    const isBusyNow = isBusy || (isEverySecondBusy && counting.posts % 2 === 0);
    fake.behaviour = isBusyNow ? "busy" : "none";
  };
  t.after(() => fake.close());
  return counting;
}
