// The vault on a disk that forgets whatever it was not told to keep.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { settled } from "../../base/index.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { SimulatedDisk } from "../../../test/support/simulated-disk.ts";
import type { TenantId } from "../../base/index.ts";
import { openFileService } from "../key-services/file-service.ts";
import { openVault } from "./open-vault.ts";
import { UnknownHandleError, type Vault } from "./vault.ts";

const root = mkdtempSync(join(tmpdir(), "bailiwick-power-loss-"));
after(() => rmSync(root, { recursive: true }));
const patient = { tenant: "demo-clinic" as TenantId, person: "patient 4711" };
const neighbour = { tenant: "demo-clinic" as TenantId, person: "patient 4712" };
const november = settled(Date.UTC(2026, 10, 20));
const seeds = [1, 2, 3, 4];

function openOn(disk: SimulatedDisk): Promise<Vault> {
  const service = openFileService(join(root, "wrapping.key"));
  return openVault({
    directory: "/vault",
    service,
    deployment: "test.example",
    cell: "cell-1",
    fileSystem: disk,
  });
}

/** Every call of `work` before and after which the power may go, and what each seed leaves of what was not synced. */
async function withEachLoss(
  prepared: SimulatedDisk,
  work: (vault: Vault) => Promise<unknown>,
  check: (vault: Vault) => Promise<void>,
): Promise<number> {
  let states = 0;
  for (let call = 1; ; call++) {
    for (const kind of ["crash-before", "crash-after"] as const) {
      for (const seed of seeds) {
        const counting = prepared.afterPowerLoss(seededRandom(seed));
        await openOn(counting);
        const last = counting.callCount + call;
        const disk = prepared.afterPowerLoss(seededRandom(seed), { call: last, kind });
        const vault = await openOn(disk);
        const end = await Promise.race([work(vault).then(() => "done"), disk.crashed]);
        if (disk.callCount < last) return states;
        // A call that fails, as making a directory that is there, does not end the process.
        if (end === "done") continue;
        await check(await openOn(disk.afterPowerLoss(seededRandom(seed))));
        states++;
      }
    }
  }
}

async function withTwoKeys(): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk();
  const vault = await openOn(disk);
  await vault.subjectKey(patient, november);
  await vault.subjectKey(neighbour, november);
  return disk;
}

test("a key that was being made when the power went is there or not, and never in between", async () => {
  const states = await withEachLoss(
    new SimulatedDisk(),
    (vault) => vault.subjectKey(patient, november),
    async (vault) => {
      const { handle } = await vault.subjectKey(patient, november);
      assert.deepEqual(await vault.handlesOf(patient), [{ month: "2026-11", handle }]);
    },
  );
  assert.ok(states > 100, `${states} states`);
});

test("an erasure that the ledger has recorded is never undone by a loss of power", async () => {
  let wasRecorded = false;
  const states = await withEachLoss(
    await withTwoKeys(),
    async (vault) => {
      wasRecorded = false;
      const [{ handle } = { handle: "" }] = await vault.handlesOf(patient);
      await vault.erase({ handle, ground: "gdpr-17-1-b", nowMs: november }, async () => {
        wasRecorded = true;
      });
    },
    async (vault) => {
      const [kept] = await vault.handlesOf(neighbour);
      await vault.keyOf(kept?.handle ?? "");
      const [left] = await vault.handlesOf(patient);
      if (left) await vault.keyOf(left.handle);
      assert.ok(!(left && wasRecorded), "recorded, and still there");
      for (const { handle, ground } of await vault.pendingErasures()) {
        await assert.rejects(vault.keyOf(handle), UnknownHandleError);
        await vault.erase({ handle, ground, nowMs: november }, async () => {});
      }
      assert.deepEqual(await vault.pendingErasures(), []);
    },
  );
  assert.ok(states > 100, `${states} states`);
});

test("a rewrap that the power ended leaves every key openable", async () => {
  const prepared = await withTwoKeys();
  await (await openOn(new SimulatedDisk())).rotateKey();
  const states = await withEachLoss(
    prepared,
    (vault) => vault.rewrapAll(),
    async (vault) => {
      for (const subject of [patient, neighbour]) {
        const [found] = await vault.handlesOf(subject);
        await vault.keyOf(found?.handle ?? "");
      }
      await vault.rewrapAll();
    },
  );
  assert.ok(states > 100, `${states} states`);
});
