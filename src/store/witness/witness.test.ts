import assert from "node:assert/strict";
import { test } from "node:test";
import { sha256, signerFrom, verifyEd25519 } from "../../../test/support/ledger-crypto.ts";
import { lifecycleEntries } from "../../../test/support/ledger-entries.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { type FaultKind, faultKinds, SimulatedDisk } from "../../../test/support/simulated-disk.ts";
import { WitnessedHistory } from "../../../test/support/witnessed-history.ts";
import { encodeUtf8 } from "../../base/index.ts";
import {
  cosignatureType,
  encodeEntry,
  formatAddCheckpoint,
  formatNoteKey,
  formatProofFile,
  leafHash,
  openTree,
  parseNote,
  takeCosignatures,
  verifyNote,
} from "../../ledger/index.ts";
import { type Checkpoint, parseCheckpoint, signCheckpoint } from "../../ledger/note/checkpoint.ts";
import { readPairs } from "./witness-evidence.ts";
import { openWitness, type Witness, type WitnessReply } from "./witness.ts";
import { originHash } from "./witness-state.ts";

const origin = "acme.example/ledger/DE/eu-frankfurt/2026-11";
const nextOrigin = "acme.example/ledger/DE/eu-frankfurt/2026-12";
const log = signerFrom(1, origin);
const otherLog = signerFrom(2, "acme.example/ledger/AE/ae-dubai/2026-11");
const ownLog = signerFrom(3, "acme.example/ledger/US/us-virginia/2026-11");
const nextLog = signerFrom(4, nextOrigin);
const signer = signerFrom(5, "acme.example/witness/US/us-virginia", cosignatureType);
const history = new WitnessedHistory(log);
const branch = new WitnessedHistory(log, "branch");

test("what is answered is a cosignature of this cell, and what is shown is the note with it", async () => {
  const witness = await openOn(new SimulatedDisk());
  const reply = await witness.addCheckpoint(await history.request(0, 5));
  assert.equal(reply.status, 200);
  const taken = takeCosignatures(history.note(5), encodeUtf8(reply.body), { key: signer.key, verifyEd25519 });
  assert.ok(taken.ok && taken.value.length === 1);
  const shown = parseNote(witness.newest(originHash(origin)) ?? assert.fail());
  assert.ok(shown.ok);
  const signers = verifyNote(shown.value, [log.key, signer.key], verifyEd25519);
  assert.deepEqual(signers.ok && signers.value, new Set([log.key, signer.key]));
});

test("a tree that is on record is cosigned again without a write", async () => {
  const disk = new SimulatedDisk();
  const witness = await openOn(disk);
  await witness.addCheckpoint(await history.request(0, 5));
  const { callCount } = disk;
  assert.equal((await witness.addCheckpoint(await history.request(5, 5))).status, 200);
  assert.equal(disk.callCount, callCount);
});

test("a record outlives the process", async () => {
  const disk = new SimulatedDisk();
  await (await openOn(disk)).addCheckpoint(await history.request(0, 5));
  const witness = await openOn(disk.restarted());
  const { status, body, contentType } = await witness.addCheckpoint(await history.request(0, 8));
  assert.deepEqual([status, body, contentType], [409, "5\n", "text/x.tlog.size"]);
  assert.equal((await witness.addCheckpoint(await history.request(5, 8))).status, 200);
});

test("of two trees that arrive at once for one size, one is cosigned and the other is a fork", async () => {
  const witness = await openOn(new SimulatedDisk());
  await witness.addCheckpoint(await history.request(0, 0));
  const requests = [await history.request(0, 5), await branch.request(0, 5)];
  const replies = await Promise.all(requests.map((body) => witness.addCheckpoint(body)));
  assert.deepEqual(
    replies.map(({ status }) => status),
    [200, 409],
  );
  const again = await witness.addCheckpoint(await branch.request(5, 5));
  assert.equal(again.status, 422);
  assert.deepEqual(again.contradiction?.shown, branch.head(5));
});

test("requests out of turn never take the record back", async () => {
  const witness = await openOn(new SimulatedDisk());
  const sizes = [1, 2, 3, 5, 8, 13];
  const requests = await Promise.all(sizes.map((size, at) => history.request(sizes[at - 1] ?? 0, size)));
  await Promise.all([...requests, ...requests].map((body) => witness.addCheckpoint(body)));
  assert.deepEqual(known(witness), history.head(13));
});

test("a smaller tree accuses its log only where another one of that size was cosigned", async () => {
  const witness = await openOn(new SimulatedDisk());
  await witness.addCheckpoint(await history.request(0, 3));
  await witness.addCheckpoint(await history.request(3, 8));
  for (const size of [0, 1, 2, 3, 5]) {
    const { status, contradiction } = await witness.addCheckpoint(await history.request(0, size));
    assert.deepEqual([status, contradiction], [409, null], `the log's own first ${size}`);
  }
  const { status, contradiction } = await witness.addCheckpoint(await branch.request(0, 3));
  assert.deepEqual([status, contradiction], [409, { known: history.head(3), shown: branch.head(3) }]);
});

test("a genuine newer checkpoint with a made-up proof accuses nobody, and the log is cosigned as before", async () => {
  const disk = new SimulatedDisk();
  const witness = await openOn(disk);
  await witness.addCheckpoint(await history.request(0, 5));
  const madeUp = [sha256(encodeUtf8("made up"))];
  for (const proof of [[], madeUp, await history.prove(4, 8)]) {
    const body = formatAddCheckpoint({ oldSize: 5, proof, checkpoint: history.note(8) });
    const { status, contradiction } = await witness.addCheckpoint(body);
    assert.deepEqual([status, contradiction], [422, null]);
  }
  assert.deepEqual(await readPairs(disk, "/witness"), []);
  assert.equal((await witness.addCheckpoint(await history.request(5, 8))).status, 200);
});

test("both signed notes of a fork are kept, once for each head, and verify under the log's key", async () => {
  const disk = new SimulatedDisk();
  const witness = await openOn(disk);
  await witness.addCheckpoint(await history.request(0, 3));
  await witness.addCheckpoint(await history.request(3, 5));
  for (const size of [5, 5, 3]) await witness.addCheckpoint(await branch.request(size, size));
  const pairs = await readPairs(disk.restarted(), "/witness");
  assert.deepEqual(
    pairs.map(({ origin: of, size }) => [of, size]),
    [
      [origin, 3],
      [origin, 5],
    ],
  );
  for (const { known: cosigned, shown, size } of pairs) {
    for (const [kept, from] of [
      [cosigned, history],
      [shown, branch],
    ] as const) {
      const note = parseNote(encodeUtf8(kept.note));
      assert.ok(note.ok && verifyNote(note.value, [log.key], verifyEd25519).ok);
      const checkpoint = parseCheckpoint(note.value.text);
      assert.deepEqual(checkpoint.ok && checkpoint.value, from.head(size));
      assert.equal(kept.sha256, Buffer.from(sha256(encodeUtf8(kept.note))).toString("hex"));
    }
  }
});

test("of a log that signs ever more trees of one size, a bounded number of pairs is kept", async () => {
  const disk = new SimulatedDisk();
  const witness = await openOn(disk);
  await witness.addCheckpoint(await history.request(0, 5));
  for (let label = 0; label < 20; label++) {
    await witness.addCheckpoint(await new WitnessedHistory(log, `branch ${label}`).request(5, 5));
  }
  assert.equal((await readPairs(disk, "/witness")).length, 16);
});

test("a log that nobody named, or that is this cell's own, is not followed", async () => {
  const witness = await openOn(new SimulatedDisk());
  for (const stranger of [ownLog, nextLog, signerFrom(9, "other.example/log")]) {
    assert.equal(
      (await witness.addCheckpoint(await new WitnessedHistory(stranger).request(0, 5))).status,
      404,
    );
  }
});

test("the last entry of a log introduces the next month's, for good", async () => {
  const disk = new SimulatedDisk();
  const witness = await openOn(disk);
  const closed = closingOf(formatNoteKey(nextLog.key), nextOrigin);
  assert.equal((await witness.addLog(closed.proof)).status, 409);
  await witness.addCheckpoint(closed.request);
  assert.equal((await witness.addLog(closed.proof)).status, 200);
  const next = await new WitnessedHistory(nextLog).request(0, 5);
  assert.equal((await (await openOn(disk.restarted())).addCheckpoint(next)).status, 200);
});

const impostors: readonly { title: string; key: string; origin: string; status: number }[] = [
  {
    title: "another cell's log",
    key: formatNoteKey(signerFrom(7, otherLog.key.name).key),
    origin: otherLog.key.name,
    status: 422,
  },
  {
    title: "a log of the past",
    key: formatNoteKey(signerFrom(7, origin.replace("11", "10")).key),
    origin: origin.replace("11", "10"),
    status: 422,
  },
  { title: "a key of another name", key: formatNoteKey(log.key), origin: nextOrigin, status: 422 },
  {
    title: "a witness's key",
    key: formatNoteKey(signerFrom(7, nextOrigin, cosignatureType).key),
    origin: nextOrigin,
    status: 422,
  },
];
for (const { title, key, origin: named, status } of impostors) {
  test(`a log cannot introduce ${title}`, async () => {
    const witness = await openOn(new SimulatedDisk());
    const closed = closingOf(key, named);
    await witness.addCheckpoint(closed.request);
    assert.equal((await witness.addLog(closed.proof)).status, status);
  });
}

test("a log that is known already keeps its key", async () => {
  const witness = await openOn(new SimulatedDisk());
  const closed = closingOf(formatNoteKey(nextLog.key), nextOrigin);
  await witness.addCheckpoint(closed.request);
  await witness.addLog(closed.proof);
  // The holder of the old key signs another last entry: it is not the tree that was cosigned.
  const second = closingOf(formatNoteKey(signerFrom(8, nextOrigin).key), nextOrigin);
  assert.deepEqual((await witness.addLog(second.proof)).status, 409);
});

test("an introduction that is cut anywhere, or has any bit flipped, introduces nobody and throws nothing", async () => {
  const witness = await openOn(new SimulatedDisk());
  const closed = closingOf(formatNoteKey(nextLog.key), nextOrigin);
  await witness.addCheckpoint(closed.request);
  for (let at = 0; at < closed.proof.length; at++) {
    assert.notEqual((await witness.addLog(closed.proof.subarray(0, at))).status, 200, `cut at ${at}`);
    const flipped = closed.proof.map((byte, position) => (position === at ? byte ^ (1 << (at % 8)) : byte));
    assert.notEqual((await witness.addLog(flipped)).status, 200, `byte ${at}`);
  }
  assert.equal((await witness.addLog(closed.proof)).status, 200);
});

test("after a failed write nothing is cosigned until the process starts again", async () => {
  const calls = await countCalls();
  const failing = new SimulatedDisk({ call: calls - 1, kind: "error-after" });
  const witness = await openOn(failing);
  await assert.rejects(witness.addCheckpoint(await history.request(0, 5)), {
    name: "WitnessUnavailableError",
  });
  await assert.rejects(witness.addCheckpoint(await history.request(0, 5)), {
    name: "WitnessUnavailableError",
  });
  const restarted = await openOn(failing.restarted());
  const size = known(restarted)?.size ?? 0;
  assert.equal((await restarted.addCheckpoint(await history.request(size, 8))).status, 200);
});

for (const kind of faultKinds) {
  test(`whatever call meets ${kind}, no two trees that were cosigned contradict each other`, async () => {
    const calls = (await countCalls()) * 4;
    for (let call = 1; call <= calls; call++) await breakAndCheck(call, kind);
  });
}

/** Two histories fight for the log, the power fails, and they fight again. */
async function breakAndCheck(call: number, kind: FaultKind): Promise<void> {
  const random = seededRandom(call);
  const cosigned: Checkpoint[] = [];
  let disk = new SimulatedDisk({ call, kind });
  for (let life = 0; life < 3; life++) {
    await Promise.race([disk.crashed, fight(disk, cosigned, random)]);
    disk = random() < 0.4 ? disk.restarted() : disk.afterPowerLoss(random);
  }
  const largest = known(await openOn(disk)) ?? null;
  for (const { size, root } of cosigned) {
    assert.ok(
      largest !== null && largest.size >= size,
      `${kind} at ${call}: ${size} was cosigned and forgotten`,
    );
    const isOfHistory = Buffer.from(history.head(largest.size).root).equals(largest.root);
    assert.deepEqual(
      root,
      (isOfHistory ? history : branch).head(size).root,
      `${kind} at ${call}: two histories`,
    );
  }
}

async function fight(disk: SimulatedDisk, cosigned: Checkpoint[], random: () => number): Promise<void> {
  const witness = await openOn(disk).catch(() => null);
  if (witness === null) return;
  for (let round = 0; round < 4; round++) {
    const from = known(witness)?.size ?? 0;
    const [mine, theirs] = random() < 0.5 ? [history, branch] : [branch, history];
    for (const side of [mine, theirs]) {
      const to = from + Math.floor(random() * 3);
      const reply = await answerOf(witness, await side.request(from, to));
      if (reply?.status === 200) cosigned.push(side.head(to));
    }
  }
}

async function answerOf(witness: Witness, body: Uint8Array): Promise<WitnessReply | null> {
  try {
    return await witness.addCheckpoint(body);
  } catch (error) {
    assert.equal((error as Error).name, "WitnessUnavailableError");
    return null;
  }
}

async function countCalls(): Promise<number> {
  const disk = new SimulatedDisk();
  await (await openOn(disk)).addCheckpoint(await history.request(0, 5));
  return disk.callCount;
}

function openOn(disk: SimulatedDisk): Promise<Witness> {
  return openWitness({
    fileSystem: disk,
    directory: "/witness",
    signer,
    logs: [log.key, otherLog.key, ownLog.key],
    now: () => 1_795_000_000_000,
  });
}

function known(witness: Witness): Checkpoint | null {
  const bytes = witness.newest(originHash(origin));
  if (bytes === null) return null;
  const note = parseNote(bytes);
  const checkpoint = note.ok ? parseCheckpoint(note.value.text) : note;
  return checkpoint.ok ? checkpoint.value : assert.fail(checkpoint.error);
}

/** A log of one entry, which closes it: the request that shows it, and the proof of that entry. */
function closingOf(key: string, named: string): { readonly request: Uint8Array; readonly proof: Uint8Array } {
  const [entry] = lifecycleEntries(1);
  assert.ok(entry?.t === "closed");
  const bytes = encodeEntry({ ...entry, next: { origin: named, key } });
  const tree = openTree(sha256, 0, () => new Uint8Array());
  tree.append(leafHash(sha256, bytes));
  const checkpoint = signCheckpoint({ origin, size: 1, root: tree.root() }, log);
  return {
    request: Buffer.concat([encodeUtf8("old 0\n\n"), checkpoint]),
    proof: formatProofFile({ extra: bytes, index: 0, hashes: [], checkpoint }),
  };
}
