// Two servers of one's own and a cloud in the EEA: all three are lawful for the bank, and the operator wants the cloud last.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type Answered, askChat } from "../../test/support/ask.ts";
import {
  startTestCell,
  type TestCell,
  type TestCellOptions,
  testPolicy,
} from "../../test/support/test-cell.ts";

const cloud =
  "endpoints:\n  cloud: { cell: eu-frankfurt, engine: sim, url: http://127.0.0.1:1, operator: rhein-cloud, place: IE }\n";

function startWith(
  t: TestContext,
  servedBy: string,
  options: TestCellOptions & { readonly mode?: string } = {},
): Promise<TestCell> {
  const model = `models:\n  mine: { mode: ${options.mode ?? "legal-first"}, served-by: ${servedBy} }\n`;
  const policy = testPolicy.replace("endpoints:\n", cloud).replace("models:\n", model);
  return startTestCell(t, { ...options, policy });
}

const cloudLast = "{ cloud: { model: assistant, order: 2 }, fra-1: assistant, fra-2: assistant }";

/** 48 requests, 12 at a time. */
async function askMany(cell: TestCell): Promise<readonly Answered[]> {
  const lanes = Array.from({ length: 12 }, async () => [
    await askMine(cell),
    await askMine(cell),
    await askMine(cell),
    await askMine(cell),
  ]);
  const answers = (await Promise.all(lanes)).flat();
  for (const { status, text } of answers) assert.equal(status, 200, text);
  return answers;
}

const askMine = (cell: TestCell): Promise<Answered> => askChat(cell, { model: "mine" });

function countOf(answers: readonly Answered[], endpoint: string): number {
  return answers.filter(({ headers }) => headers.get("bailiwick-endpoint") === endpoint).length;
}

for (const mode of ["legal-first", "performance-first"]) {
  test(`with all endpoints well the one of order 2 gets none of 48 requests, from the first one on (${mode})`, async (t) => {
    const cell = await startWith(t, cloudLast, { mode });
    const answers = await askMany(cell);
    assert.equal(await cell.requestsAt("cloud"), 0);
    assert.equal(countOf(answers, "fra-1") + countOf(answers, "fra-2"), 48);
  });
}

test("a request that two engines of order 1 failed at is still asked of order 2, once", async (t) => {
  const servedBy =
    "{ cloud: { model: assistant, order: 2 }, fra-1: assistant, fra-2: assistant, fra-3: assistant }";
  const cell = await startWith(t, servedBy);
  for (const endpoint of ["fra-1", "fra-2", "fra-3"]) await cell.setFault(endpoint, "error");
  assert.equal((await askMine(cell)).headers.get("bailiwick-endpoint"), "cloud");
  const outcome = cell.entries.at(-1);
  assert.ok(outcome?.t === "outcome");
  assert.equal(outcome.attempts.length, 3, "of its equals two are enough to know");
  await cell.setFault("cloud", "error");
  assert.equal((await askMine(cell)).status, 502);
});

test("an endpoint of order 1 that fails the only caller there is comes last for a while, and is tried again", async (t) => {
  const cell = await startWith(t, "{ cloud: { model: assistant, order: 2 }, fra-1: assistant }");
  await cell.setFault("fra-1", "error");
  const answers = await askMany(cell);
  assert.equal(countOf(answers, "cloud"), 48);
  const before = await cell.requestsAt("fra-1");
  for (let turn = 0; turn < 4; turn++) await askMine(cell);
  assert.ok(
    (await cell.requestsAt("fra-1")) - before <= 1,
    "no request is its test but the one whose time has come",
  );
  await cell.setFault("fra-1", "none");
  while ((await askMine(cell)).headers.get("bailiwick-endpoint") !== "fra-1") await pause(50);
  assert.equal(countOf(await askMany(cell), "fra-1"), 48);
});

test("with every endpoint of order 1 down the one of order 2 answers everything, and they get it back when they are well", async (t) => {
  const cell = await startWith(t, cloudLast);
  await cell.setFault("fra-1", "down");
  await cell.setFault("fra-2", "down");
  assert.equal(countOf(await askMany(cell), "cloud"), 48);
  await cell.setFault("fra-1", "none");
  while ((await askMine(cell)).headers.get("bailiwick-endpoint") === "cloud");
  const asked = await cell.requestsAt("cloud");
  assert.equal(countOf(await askMany(cell), "cloud"), 0);
  assert.equal(await cell.requestsAt("cloud"), asked);
});

test("with one endpoint of order 1 down the other one gets everything", async (t) => {
  const cell = await startWith(t, cloudLast);
  await cell.setFault("fra-2", "down");
  assert.equal(countOf(await askMany(cell), "fra-1"), 48);
  assert.equal(await cell.requestsAt("cloud"), 0);
});

test("a request that every endpoint of order 1 has failed goes on to order 2, and the record names all three", async (t) => {
  const cell = await startWith(t, cloudLast);
  // Two answers of 500 would be the request's own fault (decision 0035).
  await cell.setFault("fra-1", "error");
  await cell.setFault("fra-2", "down");
  assert.equal((await askMine(cell)).headers.get("bailiwick-endpoint"), "cloud");
  const outcome = cell.entries.at(-1);
  assert.ok(outcome?.t === "outcome" && outcome.v === 3);
  assert.deepEqual(outcome.attempts.map(({ endpoint }) => endpoint).toSorted(), ["cloud", "fra-1", "fra-2"]);
  assert.equal(outcome.attempts.at(-1)?.endpoint, "cloud");
});

test("three orders are gone through one after the other", async (t) => {
  const cell = await startWith(
    t,
    "{ fra-2: { model: assistant, order: 3 }, cloud: { model: assistant, order: 2 }, fra-1: assistant }",
  );
  for (const endpoint of ["fra-1", "cloud", "fra-2"]) {
    assert.equal((await askMine(cell)).headers.get("bailiwick-endpoint"), endpoint);
    await cell.setFault(endpoint, "down");
  }
});

test("the decision's `allowed` is best first, whatever order the policy writes its endpoints in", async (t) => {
  const cell = await startWith(
    t,
    "{ cloud: { model: assistant, order: 3 }, fra-3: { model: assistant, order: 2 }, fra-2: assistant }",
  );
  await askMine(cell);
  const decision = cell.entries.find((entry) => entry.t === "decision");
  assert.deepEqual(
    decision?.allowed.map(({ endpoint }) => endpoint),
    ["fra-2", "fra-3", "cloud"],
  );
});

test("each endpoint is asked for the model by its own name, in the short form and in the long one", async (t) => {
  const cell = await startWith(t, "{ fra-1: assistant, fra-2: { model: unheard-of, order: 2 } }");
  await askMine(cell);
  await cell.setFault("fra-1", "down");
  await askMine(cell);
  const asked = cell.entries.flatMap((entry) =>
    entry.t === "outcome" && entry.v === 3
      ? entry.attempts.map((each) => [each.endpoint, each.asked.model])
      : [],
  );
  assert.ok(asked.some(([endpoint, model]) => endpoint === "fra-1" && model === "assistant"));
  assert.ok(asked.some(([endpoint, model]) => endpoint === "fra-2" && model === "unheard-of"));
});

test("weights share 48 requests, 12 at a time, among the endpoints of one order", async (t) => {
  const cell = await startWith(
    t,
    "{ fra-1: { model: assistant, weight: 3 }, fra-2: assistant, cloud: { model: assistant, order: 2 } }",
  );
  const answers = await askMany(cell);
  const heavy = countOf(answers, "fra-1");
  assert.ok(heavy >= 30 && heavy <= 42, `${heavy} of 48`);
  assert.equal(countOf(answers, "cloud"), 0);
});
