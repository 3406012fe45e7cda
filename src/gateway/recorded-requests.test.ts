// Content records of requests to a cell of real parts.
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { askChat, chatBody, errorOf } from "../../test/support/ask.ts";
import { askAdmin } from "../../test/support/ask-admin.ts";
import { startTestCell, type TestCell, testPolicy } from "../../test/support/test-cell.ts";

const policy = testPolicy.replace(
  "established: DE, subjects: DE, class: personal, requires: { residency: EEA },",
  "established: DE, subjects: DE, class: personal, requires: { residency: EEA }, records: P30D,",
);

async function recordOf(cell: TestCell, answer: { readonly headers: Headers }) {
  const rid = answer.headers.get("bailiwick-request-id");
  return askAdmin(cell, "POST", "/admin/record", { request: rid });
}

function directoryOf(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-recorded-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

for (const isStream of [false, true]) {
  test(`a ${isStream ? "streamed" : "whole"} answer is kept as it was released, for whom the policy asks it`, async (t) => {
    const cell = await startTestCell(t, { policy });
    const ask = { isStream };
    const answer = await askChat(cell, ask);
    assert.equal(answer.status, 200);
    const { status, body } = await recordOf(cell, answer);
    assert.equal(status, 200);
    assert.equal(body["request"], chatBody(ask));
    assert.equal(body["isComplete"], true);
    // What comes after the last event is the gateway's own: where the entries are, and that it is done.
    const released = isStream ? answer.text.slice(0, answer.text.indexOf(": bailiwick-ledger")) : answer.text;
    assert.equal(body["answer"], released);
    const [opened] = cell.entries.filter((entry) => entry.t === "access");
    assert.equal(opened?.rid, answer.headers.get("bailiwick-request-id"));
    const list = await askAdmin(cell, "GET", "/admin/records?tenant=demo-bank");
    assert.equal((list.body["records"] as readonly unknown[]).length, 1);
  });
}

test("nothing is kept for a tenant whose policy does not ask for it, nor of a request that was refused", async (t) => {
  const cell = await startTestCell(t, { policy });
  const kept = await askChat(cell, { tenant: "demo-clinic" });
  const refused = await askChat(cell, { headers: { "bailiwick-jurisdiction": "AQ" } });
  assert.equal(refused.status, 403);
  assert.equal((await recordOf(cell, kept)).status, 404);
  assert.equal((await recordOf(cell, refused)).status, 404);
});

test("once its subject is erased, a record opens no more", async (t) => {
  const cell = await startTestCell(t, { policy });
  const answer = await askChat(cell, { headers: { "bailiwick-subject": "patient 17" } });
  assert.equal((await recordOf(cell, answer)).status, 200);
  await askAdmin(cell, "POST", "/admin/erasures", {
    tenant: "demo-bank",
    person: "patient 17",
    ground: "gdpr-17-1-a",
  });
  assert.equal((await recordOf(cell, answer)).status, 404);
});

test("an answer that must be kept and cannot be is refused, and the alarm goes off", async (t) => {
  const directory = directoryOf(t);
  writeFileSync(join(directory, "records"), "no folder");
  const cell = await startTestCell(t, { policy, directory });
  for (const isStream of [false, true]) {
    const answer = await askChat(cell, { isStream });
    assert.equal(answer.status, 503);
    assert.equal(errorOf(answer).type, "gateway_records_unavailable");
    assert.ok(answer.headers.has("retry-after"));
  }
  const other = await askChat(cell, { tenant: "demo-clinic" });
  assert.equal(other.status, 200);
  assert.match(cell.metrics(), /bailiwick_alarms_total\{[^}]*records_unavailable[^}]*\} 2/);
  const outcomes = cell.entries.filter((entry) => entry.t === "outcome").map(({ result }) => result);
  assert.deepEqual(outcomes, ["failed", "failed", "complete"]);
});

test("a start deletes the records whose time is over", async (t) => {
  const directory = directoryOf(t);
  let nowMs = Date.parse("2026-11-20T14:00:00Z");
  const first = await startTestCell(t, { policy, directory, now: () => nowMs });
  const answer = await askChat(first);
  await first.gateway.drain();
  await first.ledger.close();
  nowMs += 32 * 24 * 60 * 60 * 1000;
  const second = await startTestCell(t, { policy, directory, now: () => nowMs });
  // The sweep of the start has no end that a caller could wait for.
  for (let look = 0; look < 100 && (await recordOf(second, answer)).status !== 404; look++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.equal((await recordOf(second, answer)).status, 404);
  assert.ok(second.logLines.some((line) => line.includes("records_deleted")));
});
