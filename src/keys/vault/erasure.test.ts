import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type Crash, CrashingDisk } from "../../../test/support/crashing-disk.ts";
import { openTestVault } from "../../../test/support/open-test-vault.ts";
import { encodeUtf8, type TenantId, settled } from "../../base/index.ts";
import { type FileSystem, nodeFileSystem } from "../../disk/index.ts";
import { HeldError, UnknownHandleError, type Vault } from "./vault.ts";

const root = mkdtempSync(join(tmpdir(), "bailiwick-erasure-"));
after(() => rmSync(root, { recursive: true }));
let directories = 0;
const nextDirectory = () => join(root, String(directories++));

const patient = { tenant: "demo-clinic" as TenantId, person: "patient 4711" };
const neighbour = { tenant: "demo-clinic" as TenantId, person: "patient 4712" };
const november = settled(Date.UTC(2026, 10, 20));
const ground = "gdpr-17-1-b";
const body = encodeUtf8('{"model":"assistant"}');
const orderFor = (handle: string) => ({ handle, ground, nowMs: november });
const nothing = async () => {};

test("an erased key is gone from memory, disk and name, and the ledger was told before", async () => {
  const directory = nextDirectory();
  const vault = await openTestVault(directory);
  const key = await vault.subjectKey(patient, november);
  const secret = keyBytesOf(directory, key.handle);
  const kept = await vault.subjectKey(neighbour, november);
  let wasThere = false;
  await vault.erase(orderFor(key.handle), async () => {
    wasThere = filesOf(directory).some((file) => file.endsWith(key.handle));
  });
  assert.ok(wasThere);
  await assert.rejects(vault.keyOf(key.handle), UnknownHandleError);
  await assert.rejects(vault.disclose(key.handle), UnknownHandleError);
  assert.deepEqual(await vault.handlesOf(patient), []);
  assert.deepEqual(
    filesOf(directory).filter((file) => file.includes(key.handle)),
    [],
  );
  assert.ok(filesOf(directory).every((file) => !readFileSync(file).includes(secret)));
  assert.deepEqual(await vault.pendingErasures(), []);
  assert.equal((await vault.subjectKey(neighbour, november)).handle, kept.handle);
});

test("after an erasure the subject's next request gets a key of its own", async () => {
  const vault = await openTestVault(nextDirectory());
  const before = await vault.subjectKey(patient, november);
  await vault.erase(orderFor(before.handle), nothing);
  const next = await vault.subjectKey(patient, november);
  assert.notEqual(next.handle, before.handle);
  assert.notEqual(next.commit("req/v1", body), before.commit("req/v1", body));
});

test("a key in memory is at hand without a wait, and not from the moment its erasure is ordered", async () => {
  const vault = await openTestVault(nextDirectory());
  assert.equal(vault.keyAtHand(patient, november), null, "nobody has asked for it yet");
  const key = await vault.subjectKey(patient, november);
  assert.equal(vault.keyAtHand(patient, november), key);
  assert.equal(vault.keyAtHand(patient, Date.UTC(2026, 11, 1)), null, "another month has another key");
  await vault.erase(orderFor(key.handle), async () => {
    assert.equal(vault.keyAtHand(patient, november), null);
  });
  assert.equal(vault.keyAtHand(patient, november), null);
});

test("a key is not handed out any more from the moment its erasure is ordered", async () => {
  const vault = await openTestVault(nextDirectory());
  const { handle } = await vault.subjectKey(patient, november);
  await vault.erase(orderFor(handle), async () => {
    await assert.rejects(vault.disclose(handle), UnknownHandleError);
    assert.deepEqual(await vault.handlesOf(patient), []);
    assert.notEqual((await vault.subjectKey(patient, november)).handle, handle);
  });
});

test("an erasure that the ledger did not take stays pending, and is finished when it does", async () => {
  const directory = nextDirectory();
  const vault = await openTestVault(directory);
  const { handle } = await vault.subjectKey(patient, november);
  await assert.rejects(
    vault.erase(orderFor(handle), async () => {
      throw new Error("the ledger is poisoned");
    }),
    /poisoned/,
  );
  const again = await openTestVault(directory);
  assert.deepEqual(await again.pendingErasures(), [{ handle, ground, isRecorded: false }]);
  await assert.rejects(again.keyOf(handle), UnknownHandleError);
  await again.erase({ ...orderFor(handle), ground: "another" }, nothing);
  assert.deepEqual(await again.pendingErasures(), []);
  await assert.rejects(again.erase(orderFor(handle), nothing), UnknownHandleError);
});

test("two erasures of one key at once write one entry; the second finds nothing", async () => {
  const vault = await openTestVault(nextDirectory());
  const { handle } = await vault.subjectKey(patient, november);
  let entries = 0;
  const record = async () => void entries++;
  const [first, second] = await Promise.allSettled([
    vault.erase(orderFor(handle), record),
    vault.erase(orderFor(handle), record),
  ]);
  assert.deepEqual([first.status, second.status, entries], ["fulfilled", "rejected", 1]);
});

test("an erasure beside first uses never leaves the erased key in use", async () => {
  const directory = nextDirectory();
  const { handle } = await (await openTestVault(directory)).subjectKey(patient, november);
  const vault = await openTestVault(directory);
  const uses = Array.from({ length: 50 }, () => vault.subjectKey(patient, november));
  await Promise.all([...uses, vault.erase(orderFor(handle), nothing)]);
  assert.notEqual((await vault.subjectKey(patient, november)).handle, handle);
});

test("whoever only looks for a key has none made beside an erasure", async () => {
  const directory = nextDirectory();
  const { handle } = await (await openTestVault(directory)).subjectKey(patient, november);
  const { withdrawn, fileSystem } = lookingSlowly();
  const vault = await openTestVault(directory, { fileSystem });
  const looked = vault.knownKey(patient, november);
  await vault.erase(orderFor(handle), async () => withdrawn.resolve());
  await looked;
  assert.deepEqual(await vault.handlesOf(patient), []);
  assert.equal(await vault.knownKey(patient, november), null);
});

test("wherever the process ends, the key is either untouched or its erasure is finished at the next start", async () => {
  const calls = await callsOfErasure();
  const seen = { untouched: 0, pending: 0, finished: 0 };
  for (let call = 1; call <= calls; call++) {
    for (const kind of ["before", "after"] as const) seen[await eraseUntil({ call, kind })]++;
  }
  assert.ok(seen.untouched > 0 && seen.pending > 0 && seen.finished > 0, JSON.stringify(seen));
});

const litigation = { reason: "litigation", untilMs: null };

test("a held key is not erased; once every hold is released it is", async () => {
  const directory = nextDirectory();
  const vault = await openTestVault(directory);
  const { handle } = await vault.subjectKey(patient, november);
  await vault.placeHold({ handle, ...litigation });
  await vault.placeHold({ handle, reason: "tax", untilMs: november + 1 });
  const again = await openTestVault(directory);
  await assert.rejects(again.erase(orderFor(handle), nothing), (error: unknown) => {
    assert.ok(error instanceof HeldError);
    assert.deepEqual(
      error.holds.map(({ reason }) => reason),
      ["litigation", "tax"],
    );
    return true;
  });
  assert.equal(await again.releaseHold(handle, "litigation"), true);
  assert.equal(await again.releaseHold(handle, "litigation"), false);
  await assert.rejects(again.erase(orderFor(handle), nothing), HeldError);
  assert.equal((await again.subjectKey(patient, november)).handle, handle);
  await again.releaseHold(handle, "tax");
  await again.erase(orderFor(handle), nothing);
  assert.deepEqual(await again.holds(november), []);
});

test("a hold ends with its time, and a second one for the same reason takes the place of the first", async () => {
  const vault = await openTestVault(nextDirectory());
  const { handle } = await vault.subjectKey(patient, november);
  await vault.placeHold({ handle, reason: "tax", untilMs: november + 10 });
  await vault.placeHold({ handle, reason: "tax", untilMs: november + 1 });
  assert.deepEqual(await vault.holds(november), [{ handle, reason: "tax", untilMs: november + 1 }]);
  assert.deepEqual(await vault.holds(settled(november + 1)), []);
  await assert.rejects(vault.erase(orderFor(handle), nothing), HeldError);
  await vault.erase({ ...orderFor(handle), nowMs: settled(november + 1) }, nothing);
});

test("a key whose erasure was ordered cannot be held any more", async () => {
  const vault = await openTestVault(nextDirectory());
  const { handle } = await vault.subjectKey(patient, november);
  await vault.erase(orderFor(handle), nothing);
  await assert.rejects(vault.placeHold({ handle, ...litigation }), UnknownHandleError);
});

/** Whose first look for a name takes until the name is withdrawn, or a while where the withdrawal waits for the look. */
function lookingSlowly(): {
  readonly withdrawn: PromiseWithResolvers<void>;
  readonly fileSystem: FileSystem;
} {
  const withdrawn = Promise.withResolvers<void>();
  let isFirst = true;
  const read = async (path: string): Promise<Uint8Array | null> => {
    const bytes = await nodeFileSystem.read(path);
    if (isFirst && path.includes("/names/")) {
      isFirst = false;
      await Promise.race([withdrawn.promise, pause(300)]);
    }
    return bytes;
  };
  return { withdrawn, fileSystem: { ...nodeFileSystem, read } };
}

async function callsOfErasure(): Promise<number> {
  const { directory, handle } = await prepared();
  const disk = new CrashingDisk();
  const vault = await openTestVault(directory, { fileSystem: disk });
  const opened = disk.callCount;
  await vault.erase(orderFor(handle), nothing);
  return disk.callCount - opened;
}

/** Ends the process in an erasure, starts again, and says what it found. */
async function eraseUntil({ call, kind }: Crash): Promise<"untouched" | "pending" | "finished"> {
  const { directory, handle, kept } = await prepared();
  const counting = new CrashingDisk();
  await openTestVault(directory, { fileSystem: counting });
  const disk = new CrashingDisk({ call: counting.callCount + call, kind });
  const vault = await openTestVault(directory, { fileSystem: disk });
  let entries = 0;
  const record = async () => void entries++;
  assert.equal(await disk.run(() => vault.erase(orderFor(handle), record)), "crashed");

  const again = await openTestVault(directory);
  assert.deepEqual(await handlesOf(again, neighbour), [kept]);
  const pending = await again.pendingErasures();
  if (pending.length === 0 && (await handlesOf(again, patient))[0] === handle) {
    await again.keyOf(handle);
    assert.equal(entries, 0);
    return "untouched";
  }
  await assert.rejects(again.keyOf(handle), UnknownHandleError);
  assert.deepEqual(await handlesOf(again, patient), []);
  for (const { isRecorded } of pending) {
    if (isRecorded) assert.equal(entries, 1);
    await again.erase(orderFor(handle), record);
  }
  // Once, or twice when it ended between the entry and the note of it.
  assert.ok(entries === 1 || entries === 2, `${entries} entries`);
  assert.deepEqual(
    filesOf(directory).filter((file) => file.includes(handle)),
    [],
  );
  return pending.length === 0 ? "finished" : "pending";
}

async function prepared(): Promise<{ directory: string; handle: string; kept: string }> {
  const directory = nextDirectory();
  const vault = await openTestVault(directory);
  const { handle } = await vault.subjectKey(patient, november);
  const { handle: kept } = await vault.subjectKey(neighbour, november);
  return { directory, handle, kept };
}

async function handlesOf(vault: Vault, subject: typeof patient): Promise<readonly string[]> {
  return (await vault.handlesOf(subject)).map(({ handle }) => handle);
}

function filesOf(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name));
}

/** The wrapped bytes, as they stand in the key's file. */
function keyBytesOf(directory: string, handle: string): string {
  const text = readFileSync(join(directory, "vault", "keys", "2026-11", handle), "utf8");
  return (JSON.parse(text) as { ciphertext: string }).ciphertext;
}
