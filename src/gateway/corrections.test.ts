// What is learnt of an attempt after its outcome was recorded, through a cell of real parts.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { askChat } from "../../test/support/ask.ts";
import { askAdmin } from "../../test/support/ask-admin.ts";
import { eventually } from "../../test/support/demo.ts";
import { startTestCell, type TestCell } from "../../test/support/test-cell.ts";

interface Recorded {
  readonly cell: TestCell;
  readonly origin: string;
  /** Of the outcome of the one request that was answered. */
  readonly index: number;
}

const evidence = { grade: "E4", source: "provider-log", places: ["DE-BE"] };
const reason = "log-arrived";

/** A cell that answered one request, once its outcome is published. */
async function answered(t: TestContext): Promise<Recorded> {
  const cell = await startTestCell(t);
  assert.equal((await askChat(cell)).status, 200);
  const { origin } = cell.ledger;
  const outcome = cell.entries.find((entry) => entry.t === "outcome");
  const index = (outcome?.decision ?? 0) + 1;
  await eventually(() => cell.ledger.state().sealedSize > index);
  return { cell, origin, index };
}

test("a correction is recorded, says where it stands, and leaves the outcome as it is", async (t) => {
  const { cell, origin, index } = await answered(t);
  const outcome = cell.entries.find((entry) => entry.t === "outcome");
  const input = { origin, index, attempt: 0, evidence, reason };
  const { status, body } = await askAdmin(cell, "POST", "/admin/corrections", input);
  assert.deepEqual([status, body], [200, { origin, index: index + 1 }]);
  const correction = cell.entries.at(-1);
  assert.ok(correction?.t === "correction");
  assert.deepEqual([correction.of, correction.attempt], [{ origin, index }, 0]);
  assert.deepEqual([correction.evidence, correction.reason], [evidence, reason]);
  assert.equal(
    cell.entries.find((entry) => entry.t === "outcome"),
    outcome,
  );
});

test("a correction of what is not there is refused, and nothing is recorded", async (t) => {
  const { cell, origin, index } = await answered(t);
  const before = cell.entries.length;
  for (const wrong of [
    { index, attempt: 1 },
    { index: index - 1, attempt: 0 },
    { index: index + 100, attempt: 0 },
    { origin: `${origin.slice(0, -7)}1999-01`, index, attempt: 0 },
  ]) {
    const input = { origin, evidence, reason, ...wrong };
    const { status, body } = await askAdmin(cell, "POST", "/admin/corrections", input);
    assert.deepEqual([status, body["code"]], [404, "not_found"]);
  }
  assert.equal(cell.entries.length, before);
});

test("a correction that an entry cannot hold is refused by the member that is wrong", async (t) => {
  const { cell, origin, index } = await answered(t);
  const right = { origin, index, attempt: 0, evidence, reason };
  for (const { member, input } of [
    { member: "attempt", input: { ...right, attempt: -1 } },
    { member: "evidence.grade", input: { ...right, evidence: { ...evidence, grade: "E5" } } },
    { member: "evidence.places.0", input: { ...right, evidence: { ...evidence, places: ["XX"] } } },
    { member: "evidence.source", input: { ...right, evidence: { ...evidence, source: "Provider Log" } } },
    { member: "reason", input: { ...right, reason: "We looked it up" } },
  ]) {
    const { status, body } = await askAdmin(cell, "POST", "/admin/corrections", input);
    assert.deepEqual([status, body["code"]], [400, "invalid_request"]);
    assert.ok(String(body["detail"]).includes(`\`${member}\``), String(body["detail"]));
  }
});

test("two that show the same late violation at once begin one quarantine, which both are recorded after", async (t) => {
  const { cell, origin, index } = await answered(t);
  const stray = { origin, index, attempt: 0, evidence: { ...evidence, places: ["US"] }, reason };
  const answers = await Promise.all(
    [1, 2].map(() => askAdmin(cell, "POST", "/admin/reconciliations", { corrections: [stray] })),
  );
  assert.equal(answers.flatMap(({ body }) => body["quarantined"]).length, 1);
  assert.deepEqual(
    cell.entries.slice(-3).map((entry) => entry.t),
    ["quarantine", "correction", "correction"],
  );
});
