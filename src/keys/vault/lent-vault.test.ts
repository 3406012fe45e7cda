// Keys that another thread has in memory, and what an erasure owes to them.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openTestVault } from "../../../test/support/open-test-vault.ts";
import { encodeUtf8, settled, type TenantId } from "../../base/index.ts";
import { LentVault } from "./lent-vault.ts";
import type { Vault } from "./vault.ts";

const root = mkdtempSync(join(tmpdir(), "bailiwick-lent-vault-"));
after(() => rmSync(root, { recursive: true }));
const patient = { tenant: "demo-clinic" as TenantId, person: "patient 4711" };
const november = settled(Date.UTC(2026, 10, 20));
const body = encodeUtf8("{}");

test("a thread that was lent a vault has its handles and keys, and asks for each key once", async () => {
  const vault = await openTestVault(join(root, "same"));
  const { lent, asked } = lend(vault);
  assert.equal(lent.tenantHandle(patient.tenant), vault.tenantHandle(patient.tenant));
  assert.equal(await lent.knownKey(patient, november), null);
  const [first, second] = await Promise.all([
    lent.subjectKey(patient, november),
    lent.subjectKey(patient, november),
  ]);
  assert.equal(first.handle, second?.handle);
  const own = await vault.subjectKey(patient, november);
  assert.equal(own.handle, first.handle);
  assert.equal(own.commit("req/v1", body), first.commit("req/v1", body));
  assert.deepEqual(own.deriveKey("records/v1"), first.deriveKey("records/v1"));
  assert.equal((await lent.knownKey(patient, november))?.handle, own.handle);
  // One that was not there, and one that was made for two.
  assert.equal(asked.count, 2);
});

test("an erasure is on record only when each thread that was lent the vault has forgotten the key", async () => {
  const vault = await openTestVault(join(root, "erased"));
  const forgotten = Promise.withResolvers<void>();
  const { lent } = lend(vault, forgotten.promise);
  const { handle } = await lent.subjectKey(patient, november);
  let isRecorded = false;
  const erased = vault.erase({ handle, ground: "request", nowMs: november }, async () => {
    isRecorded = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(isRecorded, false, "a thread has it still");
  forgotten.resolve();
  await erased;
  assert.equal(isRecorded, true);
  assert.notEqual((await lent.subjectKey(patient, november)).handle, handle);
});

test("a key that is on its way while its place is forgotten is not kept", async () => {
  const vault = await openTestVault(join(root, "crossing"));
  const lender = vault.lend(async () => {});
  const arrival = Promise.withResolvers<void>();
  let asked = 0;
  const lent = new LentVault({
    handleKey: lender.handleKey,
    async keyAt(place, isMade) {
      asked++;
      const secret = await lender.keyAt(place, isMade);
      if (asked === 1) await arrival.promise;
      lastPlace = place.name;
      return secret;
    },
  });
  let lastPlace = "";
  const early = lent.subjectKey(patient, november);
  await lent.knownKey(patient, november);
  lent.forget(lastPlace);
  arrival.resolve();
  await early;
  await lent.subjectKey(patient, november);
  assert.equal(asked, 3);
});

interface Lent {
  readonly lent: LentVault;
  readonly asked: { count: number };
}

function lend(vault: Vault, forgotten: Promise<void> = Promise.resolve()): Lent {
  const asked = { count: 0 };
  const lender = vault.lend(async (place) => {
    await forgotten;
    lent.forget(place);
  });
  const lent = new LentVault({
    handleKey: lender.handleKey,
    keyAt(place, isMade) {
      asked.count++;
      return lender.keyAt(place, isMade);
    },
  });
  return { lent, asked };
}
