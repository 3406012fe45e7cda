// Keys and log after a crash, and after a restore, brought into agreement before anything is served.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { settled } from "../../base/index.ts";
import { openTestVault } from "../../../test/support/open-test-vault.ts";
import type { CellId, TenantId } from "../../base/index.ts";
import { UnknownHandleError } from "../../keys/index.ts";
import { type Entry, parseEntry } from "../../ledger/index.ts";
import { openLedger, openLogDirectory } from "../../store/index.ts";
import { ContentRecords } from "../records/content-records.ts";
import type { LifecycleAccess } from "./lifecycle-access.ts";
import { erase } from "./erase.ts";
import { placeHold, releaseHold } from "./hold.ts";
import { Quarantines } from "./quarantines.ts";
import { resumeLifecycle } from "./resume.ts";

const place = { deployment: "test.example", cell: "cell-1" as CellId };
const nowMs = settled(Date.parse("2026-11-20T14:00:00Z"));
const alice = { tenant: "demo-bank" as TenantId, person: "alice" };
const ground = "gdpr-17-1-b";

function stateOf(t: TestContext): string {
  const state = mkdtempSync(join(tmpdir(), "bailiwick-resume-"));
  t.after(() => rm(state, { recursive: true, force: true }));
  return state;
}

/** What a start opens; closed by `stop`, as an ordinary stop does. */
async function open(state: string): Promise<LifecycleAccess & { readonly stop: () => Promise<void> }> {
  const ledger = await openLedger({
    directory: join(state, "ledger"),
    ...place,
    jurisdiction: "DE",
    replica: null,
    keysDirectory: join(state, "log-keys"),
    policyHash: "0".repeat(64),
    software: "bailiwick/0.0.0",
  });
  const vault = await openTestVault(state);
  const records = new ContentRecords({ directory: join(state, "records"), ...place });
  const quarantines = new Quarantines({
    standing: [],
    isNamed: () => true,
    impose: async () => {},
    lift: async () => {},
  });
  const keeping = {
    vault,
    records,
    quarantines,
    knownTenants: () => [],
    forgetAnswers: async () => {},
    now: () => nowMs,
    settledNow: () => nowMs,
  };
  const access: LifecycleAccess = { cell: place.cell, ledger, ...keeping, randomBytes };
  return { ...access, stop: () => ledger.close() };
}

async function resume(state: string, access: LifecycleAccess): Promise<void> {
  const logs = await openLogDirectory(join(state, "ledger"));
  await resumeLifecycle(access, { logs, markFile: join(state, "vault", "replayed") });
}

async function entriesOf(state: string): Promise<readonly Entry[]> {
  const found: Entry[] = [];
  for (const log of await openLogDirectory(join(state, "ledger"))) {
    const { size = 0 } = (await log.readCheckpoint()) ?? {};
    for await (const { bytes } of log.readEntries(0, size - 1)) {
      const entry = parseEntry(bytes);
      if (entry.ok) found.push(entry.value);
    }
  }
  return found;
}

test("an erasure that a crash interrupted before its entry is finished, with its entry, at the next start", async (t) => {
  const state = stateOf(t);
  const first = await open(state);
  const { handle } = await first.vault.subjectKey(alice, nowMs);
  const crash = new Error("the power failed");
  await assert.rejects(
    first.vault.erase({ handle, ground, nowMs }, () => Promise.reject(crash)),
    crash,
  );
  await first.stop();

  const second = await open(state);
  await resume(state, second);
  await assert.rejects(second.vault.keyOf(handle), UnknownHandleError);
  assert.deepEqual(await second.vault.pendingErasures(), []);
  await second.stop();
  assert.equal((await entriesOf(state)).filter(({ t: kind }) => kind === "erasure").length, 1);
});

test("a key that a restored vault has again is destroyed again, by what the log says, without a second entry", async (t) => {
  const state = stateOf(t);
  const first = await open(state);
  const { handle } = await first.vault.subjectKey(alice, nowMs);
  const { handle: kept } = await first.vault.subjectKey({ ...alice, person: "bob" }, nowMs);
  cpSync(join(state, "vault"), join(state, "backup"), { recursive: true });
  await erase(first, { subject: handle, ground });
  await first.stop();

  rmSync(join(state, "vault"), { recursive: true });
  cpSync(join(state, "backup"), join(state, "vault"), { recursive: true });
  const second = await open(state);
  assert.ok(await second.vault.keyOf(handle));
  await resume(state, second);
  await assert.rejects(second.vault.keyOf(handle), UnknownHandleError);
  assert.deepEqual(await second.vault.handlesOf(alice), []);
  assert.ok(await second.vault.keyOf(kept));
  await second.stop();
  assert.equal((await entriesOf(state)).filter(({ t: kind }) => kind === "erasure").length, 1);
});

test("holds come back as the log left them: what was released and erased after the backup is erased", async (t) => {
  const state = stateOf(t);
  const first = await open(state);
  const { handle: held } = await first.vault.subjectKey(alice, nowMs);
  const { handle: released } = await first.vault.subjectKey({ ...alice, person: "bob" }, nowMs);
  await placeHold(first, { subject: released, reason: "litigation" });
  cpSync(join(state, "vault"), join(state, "backup"), { recursive: true });
  await releaseHold(first, { subject: released, reason: "litigation" });
  await erase(first, { subject: released, ground });
  await placeHold(first, { subject: held, reason: "audit", untilMs: nowMs + 1 });
  await first.stop();

  rmSync(join(state, "vault"), { recursive: true });
  cpSync(join(state, "backup"), join(state, "vault"), { recursive: true });
  const second = await open(state);
  await resume(state, second);
  await assert.rejects(second.vault.keyOf(released), UnknownHandleError);
  assert.deepEqual(await second.vault.holds(nowMs), [{ handle: held, reason: "audit", untilMs: nowMs + 1 }]);
  await second.stop();
});

test("a mark that came with a vault's copy is not believed, however new it is", async (t) => {
  const state = stateOf(t);
  const first = await open(state);
  const { handle } = await first.vault.subjectKey(alice, nowMs);
  cpSync(join(state, "vault"), join(state, "backup"), { recursive: true });
  await erase(first, { subject: handle, ground });
  await first.stop();
  const second = await open(state);
  await resume(state, second);
  await second.stop();

  // As from a backup that was copied while all this happened.
  cpSync(join(state, "vault", "replayed"), join(state, "backup", "replayed"));
  rmSync(join(state, "vault"), { recursive: true });
  cpSync(join(state, "backup"), join(state, "vault"), { recursive: true, preserveTimestamps: true });
  const third = await open(state);
  await resume(state, third);
  await assert.rejects(third.vault.keyOf(handle), UnknownHandleError);
  await third.stop();
});

test("what was looked at once is not looked at again", async (t) => {
  const state = stateOf(t);
  const first = await open(state);
  const { handle } = await first.vault.subjectKey(alice, nowMs);
  await erase(first, { subject: handle, ground });
  await first.stop();
  const second = await open(state);
  await resume(state, second);
  await second.stop();
  const [log] = await openLogDirectory(join(state, "ledger"));
  const { size = 0 } = (await log?.readCheckpoint()) ?? {};
  const asked: string[] = [];
  assert.ok(log);
  const watched = {
    ...log,
    readEntries: (from: number, to: number) => {
      asked.push(`${from}-${to}`);
      return log.readEntries(from, to);
    },
  };
  const third = await open(state);
  await resumeLifecycle(third, { logs: [watched], markFile: join(state, "vault", "replayed") });
  await third.stop();
  assert.ok(
    asked.every((range) => Number(range.split("-")[0]) > 1),
    `read ${asked.join(", ")} of ${size}`,
  );
});
