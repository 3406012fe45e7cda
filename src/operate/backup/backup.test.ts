import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { dayMs } from "../../base/index.ts";
import { decisionEntry, openedEntry, origin, outcomeEntry } from "../../../test/support/ledger-entries.ts";
import { logSigner } from "../../../test/support/open-test-log.ts";
import { writeLog } from "../../../test/support/worm-storage.ts";
import { openBackup, writeBackup } from "./backup-file.ts";
import { backupMembers, type BackupPlan } from "./backup-members.ts";
import { checkRestored, writeRestored } from "./restore-backup.ts";

const root = mkdtempSync(join(tmpdir(), "bailiwick-backup-"));
after(() => rmSync(root, { recursive: true }));

const nowMs = 1_795_000_000_000;
const trust = { logs: [logSigner.key], witnesses: [], quorum: { kind: "none" }, urls: new Map() } as const;

function write(...path: readonly string[]): string {
  const file = join(root, ...path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "x");
  return file;
}

/** A state with a log of 300 entries, and one file of each kind beside it. */
function makeState(): BackupPlan {
  const stateDirectory = mkdtempSync(join(root, "state-"));
  const entries = Array.from({ length: 300 }, (_, index) => {
    if (index === 0) return openedEntry(0, 1);
    const decision = decisionEntry(index % 2 === 1 ? index : index - 1);
    return index % 2 === 1 ? decision : outcomeEntry(index, index - 1, decision.rid);
  });
  writeLog(join(stateDirectory, "ledger", "log", "2026-11"), {
    entries,
    signer: logSigner,
    sealedAt: [1, 299],
  });
  const inState = stateDirectory.slice(root.length);
  for (const file of [
    "legal/stop.note",
    "witness/0a/checkpoint",
    "witness/lock",
    "witness/new/0",
    "keys/log/2026-11.pem",
    "keys/witness.pem",
    "keys/wrapping.key",
    "keys/admin-token",
    "vault/subjects/1",
    "records/2026-11-01/1",
  ]) {
    write(inState, file);
  }
  const configuration = new Map([["cell.yaml", write(inState, "cell.yaml")]]);
  const names = { deployment: "acme.example", cell: "eu-frankfurt" };
  return { kind: "cell", ...names, stateDirectory, configuration, withKeys: true, nowMs };
}

async function backUp(plan: BackupPlan, suffix = ""): Promise<string> {
  const place = `${mkdtempSync(join(root, "backup-"))}/out${suffix}`;
  await writeBackup(place, backupMembers(plan));
  return place;
}

async function restore(place: string, atMs = nowMs): Promise<string> {
  const directory = join(mkdtempSync(join(root, "restored-")), "to");
  const backup = await openBackup(place);
  try {
    writeRestored(backup, directory, atMs);
  } finally {
    backup.close();
  }
  return directory;
}

for (const suffix of ["", ".tar"]) {
  test(`what a cell needs is in its backup${suffix}, and what must not be kept is not`, async () => {
    const plan = makeState();
    const place = await backUp(plan, suffix);
    const { manifest } = await openBackup(place);
    const beside = manifest.files.map(({ path }) => path).filter((path) => !path.includes("/ledger/"));
    assert.deepEqual(beside.toSorted(), [
      "cell.yaml",
      "state/keys/log/2026-11.pem",
      "state/keys/witness.pem",
      "state/legal/stop.note",
      "state/witness/0a/checkpoint",
    ]);
    assert.deepEqual(manifest.logs, [{ origin, size: 299 }]);
    const { report, behind } = await checkRestored(await restore(place), trust);
    assert.deepEqual([report.logs[0]?.entryCount, report.logs[0]?.problems, behind], [299, [], []]);
  });
}

test("without being asked for, no key that signs is in a backup", async () => {
  const directory = await restore(await backUp({ ...makeState(), withKeys: false }));
  assert.ok(!existsSync(join(directory, "state", "keys")));
});

test("a vault's backup has the vault alone, and is not restored after its time", async () => {
  const place = await backUp({ ...makeState(), kind: "vault", withKeys: false });
  const { manifest } = await openBackup(place);
  assert.deepEqual(
    manifest.files.map(({ path }) => path),
    ["state/vault/subjects/1"],
  );
  await restore(place, nowMs + 30 * dayMs - 1);
  await assert.rejects(restore(place, nowMs + 30 * dayMs), /it expired on/);
  // By a clock that was set back nothing would ever expire.
  await assert.rejects(
    restore(place, nowMs - dayMs),
    /is to come by this machine's clock.*set the clock first/,
  );
});

for (const [title, change] of Object.entries({
  "no end": { expiresAt: null },
  "an end that is no date": { expiresAt: "soon" },
  "no date on which it was made": { madeAt: 1 },
  "a kind that is none": { kind: "vaults" },
  "a file without a name": { files: [null] },
  "a file whose name is a number": { files: [{ path: 5, sha256: "" }] },
  "a file twice": { files: ["a", "a"].map((path) => ({ path, sha256: "" })) },
})) {
  test(`a vault's backup that says ${title} is damaged, and does not outlive its time by that`, async () => {
    const place = await backUp({ ...makeState(), kind: "vault", withKeys: false });
    const file = join(place, "backup.json");
    const manifest = JSON.parse(readFileSync(file, "utf8")) as object;
    writeFileSync(file, JSON.stringify({ ...manifest, ...change }));
    await assert.rejects(
      restore(place, nowMs + 31 * dayMs),
      /`backup.json` is damaged or of another release/,
    );
  });
}

for (const { title, change, says } of [
  {
    title: "changed",
    change: (place: string) => writeFileSync(join(place, "cell.yaml"), "y"),
    says: /`cell.yaml` is not what it was/,
  },
  {
    title: "left out",
    change: (place: string) => rmSync(join(place, "cell.yaml")),
    says: /`cell.yaml` is missing/,
  },
  {
    title: "added",
    change: (place: string) => writeFileSync(join(place, "more"), "y"),
    says: /`more`, of which its manifest says nothing/,
  },
  {
    title: "cut off that names them",
    change: (place: string) => rmSync(join(place, "backup.json")),
    says: /no `backup.json`/,
  },
]) {
  test(`a backup of which a file was ${title} is refused`, async () => {
    const place = await backUp(makeState());
    change(place);
    await assert.rejects(restore(place), says);
  });
}

test("an archive that is cut anywhere is refused", async () => {
  const place = await backUp(makeState(), ".tar");
  const bytes = readFileSync(place);
  for (let part = 1; part < 16; part++) {
    writeFileSync(place, bytes.subarray(0, Math.floor((bytes.length * part) / 16)));
    await assert.rejects(restore(place));
  }
});

test("a folder that holds something is neither written to nor restored into", async () => {
  const plan = makeState();
  await assert.rejects(writeBackup(plan.stateDirectory, backupMembers(plan)), /is not empty/);
  const backup = await openBackup(await backUp(plan));
  assert.throws(() => writeRestored(backup, plan.stateDirectory, nowMs), /is not empty/);
});
