// An endpoint that computed where it may not: out of service until a person releases it, whatever ends in between.
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { askChat, errorOf } from "../../test/support/ask.ts";
import { askAdmin } from "../../test/support/ask-admin.ts";
import { eventually } from "../../test/support/demo.ts";
import { verifyEd25519 } from "../../test/support/ledger-crypto.ts";
import { startTestCell, type TestCell, testPolicy } from "../../test/support/test-cell.ts";
import { type Entry, verifyLog } from "../ledger/index.ts";
import { sha256 } from "../keys/index.ts";
import { openLogDirectory } from "../store/index.ts";

const withoutFirst = testPolicy
  .replace(/^ {2}fra-1:.*\n/m, "")
  .replace("fra-1: assistant, ", "")
  .replace("solo: { served-by: { fra-1:", "solo: { served-by: { fra-2:");

test("a violation is on record before the quarantine, and both before the outcome", async (t) => {
  const cell = await startTestCell(t);
  const rid = await violate(cell);
  assert.deepEqual(
    cell.entries.map((entry) => entry.t),
    ["decision", "violation", "quarantine", "outcome"],
  );
  const quarantine = entryOf(cell, "quarantine");
  assert.deepEqual([quarantine.endpoint, quarantine.rid], ["fra-1", rid]);
  assert.deepEqual(await listed(cell), [
    { endpoint: "fra-1", sinceMs: quarantine.ts, request: rid, reason: "violation" },
  ]);
});

test("a quarantine outlives the process: after a restart the endpoint gets nothing, and the log verifies", async (t) => {
  const directory = directoryFor(t);
  const first = await startTestCell(t, { directory });
  await violate(first);
  const before = await listed(first);
  await stop(first);

  const second = await startTestCell(t, { directory });
  assert.equal(breakerOf(second), "3");
  assert.deepEqual(await listed(second), before);
  const answer = await askChat(second, { model: "solo" });
  assert.deepEqual([answer.status, errorOf(answer).type], [503, "policy_region_unavailable"]);
  assert.equal(await second.requestsAt("fra-1"), 0);
  assert.equal((await release(second, "fra-1")).status, 200);
  await stop(second);

  const third = await startTestCell(t, { directory });
  assert.deepEqual(await listed(third), []);
  assert.equal((await askChat(third, { model: "solo" })).status, 200);
  await stop(third);
  const [log] = await openLogDirectory(third.ledger.directory);
  assert.ok(log);
  const trust = { logs: [third.ledger.verifierKey], witnesses: [], quorum: { kind: "none" } } as const;
  const report = await verifyLog({ reader: log.reader, trust, sha256, verifyEd25519 });
  assert.deepEqual(report.problems, []);
});

test("a release is on record before the endpoint gets a request, which is a trial", async (t) => {
  const cell = await startTestCell(t);
  const rid = await violate(cell);
  await cell.setFault("fra-1", "none");
  assert.equal((await askChat(cell, { model: "solo" })).status, 503);
  const { status, body } = await release(cell, "fra-1");
  assert.deepEqual([status, body["endpoint"], body["request"]], [200, "fra-1", rid]);
  const entry = entryOf(cell, "release");
  assert.deepEqual([entry.endpoint, entry.rid], ["fra-1", rid]);
  assert.deepEqual(await listed(cell), []);
  assert.equal((await askChat(cell, { model: "solo" })).status, 200);
  assert.ok(cell.logLines.some((line) => line.includes('"half-open"')));
  assert.equal(breakerOf(cell), "0");
});

test("an endpoint that violates again after its release is in quarantine again", async (t) => {
  const cell = await startTestCell(t);
  await violate(cell);
  await release(cell, "fra-1");
  const again = await violate(cell);
  assert.equal(breakerOf(cell), "3");
  await eventually(async () => (await listed(cell)).length === 1);
  assert.equal((await listed(cell))[0]?.["request"], again);
});

test("a release of what is in no quarantine is refused, and nothing is recorded", async (t) => {
  const cell = await startTestCell(t);
  for (const endpoint of ["fra-1", "iad-1", "nobody"]) {
    const { status, body } = await release(cell, endpoint);
    assert.deepEqual([status, body["code"]], [404, "not_found"]);
  }
  const { status, body } = await release(cell, "no name");
  assert.deepEqual([status, body["code"]], [400, "invalid_request"]);
  assert.deepEqual(cell.entries, []);
});

test("a quarantine outlives every reload: one that keeps the endpoint, one that removes it, one that brings it back", async (t) => {
  const cell = await startTestCell(t);
  await violate(cell);
  await cell.setFault("fra-1", "none");
  const stands = async (): Promise<void> => {
    assert.equal((await askChat(cell, { model: "solo" })).status, 503);
    assert.equal(breakerOf(cell), "3");
  };
  assert.equal(await cell.reload(`${testPolicy}\n# kept`), null);
  await stands();
  assert.equal(await cell.reload(withoutFirst), null);
  assert.equal((await listed(cell)).length, 1);
  const refused = await release(cell, "fra-1");
  assert.deepEqual([refused.status, refused.body["code"]], [404, "not_found"]);
  assert.match(String(refused.body["detail"]), /the policy in force has no endpoint of this name/);
  assert.equal(await cell.reload(testPolicy), null);
  await stands();
  assert.equal((await release(cell, "fra-1")).status, 200);
  assert.equal((await askChat(cell, { model: "solo" })).status, 200);
});

test("an endpoint that the policy left out before a restart is in quarantine when a later one names it", async (t) => {
  const directory = directoryFor(t);
  const first = await startTestCell(t, { directory });
  await violate(first);
  await stop(first);
  const second = await startTestCell(t, { directory, policy: withoutFirst });
  assert.equal((await listed(second)).length, 1);
  assert.equal(await second.reload(testPolicy), null);
  assert.equal((await askChat(second, { model: "solo" })).status, 503);
  assert.equal(await second.requestsAt("fra-1"), 0);
});

/** Resolves with the id of the request whose answer came from elsewhere, once the control thread knows. */
async function violate(cell: TestCell): Promise<string> {
  const standing = entriesOf(cell, "quarantine").length;
  await cell.setFault("fra-1", "wrong-region");
  const answer = await askChat(cell, { model: "solo" });
  assert.notEqual(answer.status, 200);
  assert.equal(entriesOf(cell, "quarantine").length, standing + 1);
  await eventually(async () => (await listed(cell)).length === 1);
  return answer.headers.get("bailiwick-request-id") ?? "";
}

async function listed(cell: TestCell): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { status, body } = await askAdmin(cell, "GET", "/admin/quarantines");
  assert.equal(status, 200);
  return body["quarantines"] as readonly Readonly<Record<string, unknown>>[];
}

function release(cell: TestCell, endpoint: string): ReturnType<typeof askAdmin> {
  return askAdmin(cell, "POST", "/admin/quarantines/release", { endpoint });
}

function breakerOf(cell: TestCell): string | undefined {
  return /^bailiwick_breaker_state\{[^}]*endpoint="fra-1"\} (\d)$/m.exec(cell.metrics())?.[1];
}

function entriesOf<Kind extends Entry["t"]>(
  { entries }: TestCell,
  kind: Kind,
): readonly Extract<Entry, { readonly t: Kind }>[] {
  return entries.filter((entry): entry is Extract<Entry, { readonly t: Kind }> => entry.t === kind);
}

function entryOf<Kind extends Entry["t"]>(cell: TestCell, kind: Kind): Extract<Entry, { readonly t: Kind }> {
  const [entry, ...others] = entriesOf(cell, kind);
  assert.ok(entry !== undefined && others.length === 0);
  return entry;
}

async function stop(cell: TestCell): Promise<void> {
  await cell.gateway.drain();
  await cell.ledger.close();
}

function directoryFor(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-quarantine-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
