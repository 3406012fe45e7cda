// Two gateway threads under load, while threads are killed, the law changes, policies are reloaded and people are erased: no
// byte goes where the law forbids it, nothing that was acknowledged is lost, and the log verifies.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { monotonicNow } from "../src/clock/index.ts";
import { askAdmin } from "./support/ask-admin.ts";
import { startFakeModelServer } from "./support/fake-model-server.ts";
import { liftOf, noteOf, putNote, suspension, withCounsel } from "./support/legal-notes.ts";
import { startTestCell, type TestCell } from "./support/test-cell.ts";
import { askAlone, finishLog, type LoneAnswer, policyForThreads, SeenWorkers } from "./support/threads.ts";

const clients = 12;
const rounds = 2;
/** Played by the test, so that what reaches it is seen at its socket. */
const policy = withCounsel(policyForThreads).replace(
  /(fra-1: \{ cell: eu-frankfurt, engine:) sim/,
  "$1 openai-compatible",
);
const reloaded = policy.replace("demo-shop:", "second-shop:");

test("threads that die amid legal events, reloads and erasures lose no record and let nothing out", async (t) => {
  const watched = await startFakeModelServer();
  t.after(() => watched.close());
  let isForbidden = false;
  let reachedForbidden = 0;
  let reached = 0;
  watched.onRequest = () => {
    reached++;
    if (isForbidden) reachedForbidden++;
  };
  const workers = new SeenWorkers();
  const cell = await startTestCell(t, {
    policy,
    urls: { "fra-1": watched.url },
    workers: { count: 2, onWorker: workers.add },
  });
  const load = new Load(cell);
  const recoveriesMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await load.until(30);
    await putEvent(cell, `stop-${round}.note`, suspension(`stop-${round}`, "endpoint", "fra-1"));
    // What was written before may still be in the kernel's hands.
    await pause(100);
    isForbidden = true;
    recoveriesMs.push(await loseOne(cell, workers));
    await load.until(30);
    isForbidden = false;
    await putEvent(cell, `lift-${round}.note`, liftOf(`stop-${round}`));
    // One more dies while a policy is taken up and a person is erased.
    const lost = round === rounds - 1 ? null : loseOne(cell, workers);
    const next = round % 2 === 0 ? reloaded : policy;
    while ((await cell.reload(next)) !== null) await pause(20);
    const order = { tenant: "demo-bank", person: `person-${round}`, ground: "gdpr-17-1-b" };
    assert.equal((await askAdmin(cell, "POST", "/admin/erasures", order)).status, 200);
    if (lost !== null) recoveriesMs.push(await lost);
  }
  const answers = await load.end();
  t.diagnostic(
    `${answers.length} requests, ${reached} at the watched endpoint, a lost thread is replaced in ${recoveriesMs.map(Math.round).join(", ")} ms`,
  );
  assert.equal(reachedForbidden, 0, "something reached the suspended endpoint");
  assert.ok(reached > 0, "nothing ever reached the watched endpoint");
  await requireWholeLog(cell, answers);
});

async function requireWholeLog(cell: TestCell, answers: readonly LoneAnswer[]): Promise<void> {
  const { entries, problems, openDecisionCount } = await finishLog(cell);
  assert.deepEqual([problems, openDecisionCount], [[], 0]);
  const completed = entries.filter((entry) => entry.t === "outcome" && entry.result === "complete").length;
  const unknown = entries.filter((entry) => entry.t === "outcome" && entry.result === "unknown").length;
  const served = answers.filter(({ status }) => status === 200).length;
  const cut = answers.filter(({ status }) => status === 0).length;
  const others = answers.map(({ status }) => status).filter((status) => ![0, 200, 503].includes(status));
  assert.deepEqual(others, []);
  // Every answer that a caller had whole was recorded before, and a caller whose connection was cut may have one more.
  assert.ok(completed >= served && completed <= served + cut, `${served} answered, ${completed} recorded`);
  assert.ok(unknown <= cut, `${unknown} unknown, ${cut} cut`);
  assert.ok(unknown > 0, "no thread died over a request");
  const erased = entries.flatMap((entry, at) =>
    entry.t === "erasure" ? [{ at, handle: entry.subject }] : [],
  );
  assert.ok(erased.length > 0);
  for (const { at, handle } of erased) {
    const later = entries.slice(at + 1).filter((entry) => entry.t === "decision" && entry.subject === handle);
    // Those that had the key in hand when it was erased; a thread that kept it would go on for good.
    assert.ok(later.length <= clients, `${later.length} decisions under an erased key`);
  }
}

/** Resolves with how long it took until another served in its place. */
async function loseOne(cell: TestCell, workers: SeenWorkers): Promise<number> {
  const startedAt = monotonicNow();
  const before = replaced(cell);
  await workers.all.at(-2)?.terminate();
  while (replaced(cell) === before) await pause(5);
  return monotonicNow() - startedAt;
}

function replaced(cell: TestCell): number {
  return cell.logLines.filter((line) => line.includes('"thread_replaced"')).length;
}

async function putEvent(cell: TestCell, file: string, event: Parameters<typeof noteOf>[0]): Promise<void> {
  const before = cell.entries.filter((entry) => entry.t === "legal").length;
  putNote(cell.legalDirectory, file, noteOf(event));
  while (cell.entries.filter((entry) => entry.t === "legal").length === before) await pause(5);
}

/** So many callers, each with one request after the other, each over a connection of its own. */
class Load {
  readonly #answers: LoneAnswer[] = [];
  readonly #callers: Promise<void>[];
  #isOver = false;

  constructor(cell: TestCell) {
    this.#callers = Array.from({ length: clients }, (_, caller) => this.#call(cell, caller));
  }

  /** Resolves when so many more have an answer. */
  async until(count: number): Promise<void> {
    const enough = this.#served + count;
    while (this.#served < enough) await pause(5);
  }

  async end(): Promise<readonly LoneAnswer[]> {
    this.#isOver = true;
    await Promise.all(this.#callers);
    return this.#answers;
  }

  get #served(): number {
    return this.#answers.filter(({ status }) => status === 200).length;
  }

  async #call(cell: TestCell, caller: number): Promise<void> {
    const headers = { "bailiwick-subject": `person-${caller}` };
    while (!this.#isOver) {
      const answer = await askAlone(cell, { headers, isStream: caller % 2 === 0 });
      this.#answers.push(answer);
      // As a client would: a refused connection is not tried a thousand times a second.
      if (answer.status !== 200) await pause(10);
    }
  }
}
