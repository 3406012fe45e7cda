// An engine that the test plays: it answers when it is told to, so what it has at once is known.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type Answered, type Ask, askChat, errorOf } from "../../test/support/ask.ts";
import { startRawUpstream, wholeAnswer } from "../../test/support/raw-http.ts";
import {
  keyHash,
  startTestCell,
  type TestCell,
  type TestCellOptions,
  testPolicy,
} from "../../test/support/test-cell.ts";

const answered = wholeAnswer(200, '{"object":"chat.completion","choices":[]}');
const refused = wholeAnswer(429, "{}", "retry-after-ms: 1\r\n");

interface HeldEngine {
  readonly url: string;
  /** Requests that it has and has not answered. */
  has(): number;
  /** Ever. */
  hasHad(): number;
  /** Answers the one that it has had longest. */
  answer(bytes?: string): void;
}

async function startHeldEngine(t: TestContext): Promise<HeldEngine> {
  const held: ((bytes: string) => void)[] = [];
  let count = 0;
  const { url } = await startRawUpstream(t, (socket, request) => {
    if (request.startsWith("GET ")) {
      socket.end(wholeAnswer(404, ""));
      return;
    }
    count++;
    held.push((bytes) => socket.end(bytes));
  });
  return {
    url,
    has: () => held.length,
    hasHad: () => count,
    answer: (bytes = answered) => held.shift()?.(bytes),
  };
}

interface Scene {
  readonly cell: TestCell;
  readonly engine: HeldEngine;
}

const tenants = ["open", "other"] as const;

const elsewhere = (id: string, place: string): string =>
  `  ${id}: { cell: eu-frankfurt, engine: sim, url: http://127.0.0.1:1, operator: rhein-cloud, place: ${place} }\n`;

/** One is urgent by its team, the other can wait by its key, whatever their tenants are. */
const unequal = `  hasty: { established: DE, subjects: DE, class: personal, priority: low, teams: { urgent: { priority: high } }, keys: { a: { sha256: ${keyHash("sk-hasty")}, team: urgent } } }
  patient: { established: DE, subjects: DE, class: personal, priority: high, teams: { any: { priority: normal } }, keys: { a: { sha256: ${keyHash("sk-patient")}, team: any, priority: low } } }\n`;

/** `fra-1` is the engine of the test; `cloud` in Ireland and `zrh-1` in Switzerland, a transfer, answer by themselves. */
async function startScene(t: TestContext, options: TestCellOptions = {}): Promise<Scene> {
  const engine = await startHeldEngine(t);
  const policy = testPolicy
    .replace("endpoints:\n", `endpoints:\n${elsewhere("cloud", "IE")}${elsewhere("zrh-1", "CH")}`)
    .replace(
      "models:\n",
      `models:
  tiered: { served-by: { fra-1: assistant, cloud: { model: assistant, order: 2 } } }
  mixed: { mode: legal-first, served-by: { fra-1: assistant, zrh-1: assistant } }\n`,
    )
    .replace(
      "tenants:\n",
      `tenants:\n${unequal}${tenants.map((name) => `  ${name}: { established: DE, subjects: DE, class: personal, keys: { a: { sha256: ${keyHash(`sk-${name}`)} } } }\n`).join("")}`,
    );
  return { cell: await startTestCell(t, { ...options, policy, urls: { "fra-1": engine.url } }), engine };
}

/** Two rounds of five at once, of which the engine refuses one of each tenant's, bring the limit of the model to 4. */
async function reachLimit({ cell, engine }: Scene, model: string): Promise<void> {
  for (const tenant of tenants) {
    const first = askChat(cell, { tenant, model });
    await until(() => engine.has() === 1);
    const others = [0, 1, 0, 1].map((which) => askChat(cell, { tenant: tenants[which] ?? "open", model }));
    await until(() => engine.has() === 5);
    const before = engine.hasHad();
    engine.answer(refused);
    for (let each = 0; each < 4; each++) engine.answer();
    await Promise.all(others);
    // Whoever was refused is asked once more, here or at an endpoint behind.
    const answer = await Promise.race([first, until(() => engine.hasHad() > before)]);
    if (answer === undefined) engine.answer();
    assert.equal((await first).status, 200);
  }
  const line = `bailiwick_concurrency_limit{cell="eu-frankfurt",endpoint="fra-1",model="${model}"} 4\n`;
  assert.ok(
    cell.metrics().includes(line),
    cell
      .metrics()
      .match(/bailiwick_concurrency.*\n/g)
      ?.join(""),
  );
}

async function until(isSo: () => boolean): Promise<undefined> {
  while (!isSo()) await pause(5);
  return undefined;
}

const isWaiting = ({ cell }: Scene, count: number): boolean =>
  cell.metrics().includes(`bailiwick_requests_waiting{cell="eu-frankfurt"} ${count}\n`);

function servedAfterWait(cell: TestCell): number {
  const line = /bailiwick_waits_total\{cell="eu-frankfurt",fate="served",model="solo"\} (\d+)\n/;
  return Number(line.exec(cell.metrics())?.[1] ?? 0);
}

/** Each once the one before is at the engine or waits. */
async function askInTurn(scene: Scene, count: number, ask: Ask): Promise<readonly Promise<Answered>[]> {
  const answers: Promise<Answered>[] = [];
  for (let each = 1; each <= count; each++) {
    answers.push(askChat(scene.cell, { tenant: "open", ...ask }));
    await until(() => (each <= 4 ? scene.engine.has() === each : isWaiting(scene, each - 4)));
  }
  return answers;
}

test("beyond what an engine has shown that it takes, requests wait their turn, and are one attempt each", async (t) => {
  const scene = await startScene(t);
  const { cell, engine } = scene;
  await reachLimit(scene, "solo");
  const waitsBefore = servedAfterWait(cell);
  const outcomesBefore = cell.entries.filter((entry) => entry.t === "outcome").length;
  const answers = await askInTurn(scene, 6, { model: "solo" });
  assert.equal(engine.has(), 4);
  engine.answer();
  await until(() => engine.has() === 4);
  assert.ok(isWaiting(scene, 1));
  engine.answer();
  await until(() => engine.has() === 4 && isWaiting(scene, 0));
  for (let each = 0; each < 4; each++) engine.answer();
  for (const answer of await Promise.all(answers)) assert.equal(answer.status, 200);
  const outcomes = cell.entries.filter((entry) => entry.t === "outcome").slice(outcomesBefore);
  assert.deepEqual(
    outcomes.map(({ attempts }) => attempts.length),
    [1, 1, 1, 1, 1, 1],
  );
  assert.equal(servedAfterWait(cell) - waitsBefore, 2);
});

test("without a place to wait the answer is 429 at once, and nothing is sent", async (t) => {
  const scene = await startScene(t, { limits: { maxWaiting: 1 } });
  const { cell, engine } = scene;
  await reachLimit(scene, "solo");
  const before = engine.hasHad();
  const answers = await askInTurn(scene, 5, { model: "solo" });
  const answer = await askChat(cell, { tenant: "other", model: "solo" });
  assert.deepEqual([answer.status, errorOf(answer).type], [429, "provider_saturated"]);
  assert.ok(Number(answer.headers.get("retry-after")) >= 1);
  assert.match(cell.metrics(), /kind="region_unavailable"\} 0\n/);
  for (let each = 1; each <= 5; each++) {
    engine.answer();
    await until(() => engine.hasHad() === before + 5);
  }
  for (const each of await Promise.all(answers)) assert.equal(each.status, 200);
  const outcome = cell.entries.find((entry) => entry.t === "outcome" && entry.error === "provider_saturated");
  assert.ok(outcome?.t === "outcome");
  assert.deepEqual(outcome.attempts, []);
});

test("who leaves the line is sent nowhere, and those behind take the turn", async (t) => {
  const scene = await startScene(t);
  const { cell, engine } = scene;
  await reachLimit(scene, "solo");
  const before = engine.hasHad();
  const answers = await askInTurn(scene, 4, { model: "solo" });
  const leaving = new AbortController();
  const left = askChat(cell, { tenant: "open", model: "solo", signal: leaving.signal }).catch(() => null);
  await until(() => isWaiting(scene, 1));
  const behind = askChat(cell, { tenant: "open", model: "solo" });
  await until(() => isWaiting(scene, 2));
  leaving.abort();
  await until(() => isWaiting(scene, 1));
  for (let each = 0; each < 5; each++) {
    engine.answer();
    await until(() => engine.hasHad() === before + 5);
  }
  for (const answer of await Promise.all([...answers, behind])) assert.equal(answer.status, 200);
  assert.equal(await left, null);
  assert.equal(engine.hasHad(), before + 5);
});

test("an endpoint with as many as it takes counts as saturated: the next order is asked, without a wait", async (t) => {
  const scene = await startScene(t);
  await reachLimit(scene, "tiered");
  const answers = await askInTurn(scene, 4, { model: "tiered" });
  const answer = await askChat(scene.cell, { tenant: "open", model: "tiered" });
  assert.deepEqual([answer.status, answer.headers.get("bailiwick-endpoint")], [200, "cloud"]);
  for (let each = 0; each < 4; each++) scene.engine.answer();
  await Promise.all(answers);
});

test("want of room at home sends nothing abroad as long as there is a place to wait at home", async (t) => {
  const scene = await startScene(t, { limits: { maxWaiting: 1 } });
  const { cell, engine } = scene;
  await reachLimit(scene, "mixed");
  const before = await cell.requestsAt("zrh-1");
  const answers = await askInTurn(scene, 5, { model: "mixed" });
  assert.equal(await cell.requestsAt("zrh-1"), before);
  const answer = await askChat(cell, { tenant: "other", model: "mixed" });
  assert.deepEqual([answer.status, answer.headers.get("bailiwick-endpoint")], [200, "zrh-1"]);
  for (let each = 0; each < 4; each++) engine.answer();
  await until(() => engine.has() === 1);
  engine.answer();
  for (const each of await Promise.all(answers))
    assert.equal(each.headers.get("bailiwick-endpoint"), "fra-1");
});

/** Each once the one before waits. Tells in which order they were answered, and how. */
async function lineUp(scene: Scene, order: readonly string[]): Promise<readonly string[]> {
  const served: string[] = [];
  for (const [at, tenant] of order.entries()) {
    void askChat(scene.cell, { tenant, model: "solo" }).then(({ status }) =>
      served.push(`${tenant} ${status}`),
    );
    await until(() => isWaiting(scene, at + 1));
  }
  return served;
}

test("of those who wait the higher priority is served first, by what stands nearest to the key", async (t) => {
  const scene = await startScene(t);
  const { engine } = scene;
  await reachLimit(scene, "solo");
  const before = await askInTurn(scene, 4, { model: "solo" });
  const served = await lineUp(scene, ["patient", "open", "hasty"]);
  for (let each = 0; each < 4; each++) {
    engine.answer();
    await until(() => isWaiting(scene, Math.max(0, 2 - each)));
  }
  await Promise.all(before);
  for (let each = 1; each <= 3; each++) {
    engine.answer();
    await until(() => served.length === each);
  }
  assert.deepEqual(served, ["hasty 200", "open 200", "patient 200"]);
});

test("a full line refuses the newest of the lowest priority for one of a higher, and nobody for an equal", async (t) => {
  const scene = await startScene(t, { limits: { maxWaiting: 2 } });
  const { cell, engine } = scene;
  await reachLimit(scene, "solo");
  const before = await askInTurn(scene, 4, { model: "solo" });
  const sent = engine.hasHad();
  const patient = askChat(cell, { tenant: "patient", model: "solo" });
  await until(() => isWaiting(scene, 1));
  const open = askChat(cell, { tenant: "open", model: "solo" });
  await until(() => isWaiting(scene, 2));
  const hasty = askChat(cell, { tenant: "hasty", model: "solo" });
  const refused = await patient;
  assert.deepEqual([refused.status, errorOf(refused).type], [429, "provider_saturated"]);
  assert.ok(Number(refused.headers.get("retry-after")) >= 1);
  assert.equal((await askChat(cell, { tenant: "other", model: "solo" })).status, 429);
  for (let each = 0; each < 6; each++) {
    await until(() => engine.has() > 0);
    engine.answer();
  }
  for (const each of await Promise.all([...before, open, hasty])) assert.equal(each.status, 200);
  assert.equal(engine.hasHad(), sent + 2, "nothing of those who were refused was sent");
  assert.match(cell.metrics(), /bailiwick_waits_total\{[^}]*fate="refused",model="solo"\} 2\n/);
});
