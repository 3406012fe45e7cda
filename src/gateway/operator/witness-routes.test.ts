import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { momentAt } from "../../../test/support/moment-at.ts";
import { errorOf, askChat } from "../../../test/support/ask.ts";
import { signerFrom, verifyEd25519 } from "../../../test/support/ledger-crypto.ts";
import { SimulatedDisk } from "../../../test/support/simulated-disk.ts";
import { startTestCell, type TestCell, type TestCellOptions } from "../../../test/support/test-cell.ts";
import { WitnessedHistory } from "../../../test/support/witnessed-history.ts";
import {
  cosignatureType,
  formatAddCheckpoint,
  parseNote,
  takeCosignatures,
  verifyNote,
} from "../../ledger/index.ts";
import { originHash } from "../../store/index.ts";
import { openWitness } from "../../store/witness/witness.ts";

const log = signerFrom(1, "test.example/ledger/US/us-virginia/2026-11");
const signer = signerFrom(2, "test.example/witness/DE/eu-frankfurt", cosignatureType);
const history = new WitnessedHistory(log);
const branch = new WitnessedHistory(log, "branch");

test("a checkpoint is cosigned, and shown with the cosignature under the hash of its origin", async (t) => {
  const cell = await startWitnessCell(t);
  const answer = await submit(cell, await history.request(0, 5));
  assert.equal(answer.status, 200);
  const taken = takeCosignatures(history.note(5), answer.bytes, { key: signer.key, verifyEd25519 });
  assert.ok(taken.ok);
  const shown = await fetch(`${cell.gateway.url}/witness/${originHash(log.key.name)}/checkpoint`);
  const note = parseNote(new Uint8Array(await shown.arrayBuffer()));
  assert.ok(note.ok && verifyNote(note.value, [signer.key], verifyEd25519).ok);
});

test("a size that is not the known one is answered with the known one, in its own media type", async (t) => {
  const cell = await startWitnessCell(t);
  await submit(cell, await history.request(0, 5));
  const { status, type, bytes } = await submit(cell, await history.request(0, 8));
  assert.deepEqual([status, type, Buffer.from(bytes).toString()], [409, "text/x.tlog.size", "5\n"]);
});

test("a stranger with genuine checkpoints of a log writes no accusation and sets off no alarm", async (t) => {
  const cell = await startWitnessCell(t);
  await submit(cell, await history.request(0, 5));
  const proof = [new Uint8Array(32)];
  for (let round = 0; round < 5; round++) {
    const newer = formatAddCheckpoint({ oldSize: 5, proof, checkpoint: history.note(8 + round) });
    assert.equal((await submit(cell, newer)).status, 422);
    assert.equal((await submit(cell, await history.request(0, round))).status, 409);
  }
  assert.deepEqual(
    cell.entries.filter(({ t: kind }) => kind === "fork"),
    [],
  );
  assert.match(cell.metrics(), /kind="witness_contradiction"\} 0\n/);
  assert.ok(!cell.logLines.some((line) => line.includes('"log_contradicted"')));
});

test("a fork is an alarm, a line and an entry once for each head, and once an hour for a log", async (t) => {
  let monotonicMs = 5_000;
  const cell = await startWitnessCell(t, { monotonicNow: () => momentAt(monotonicMs) });
  await submit(cell, await history.request(0, 3));
  await submit(cell, await history.request(3, 5));
  for (const [from, to] of [
    [5, 5],
    [5, 5],
    [5, 8],
    [0, 3],
  ] as const)
    await submit(cell, await branch.request(from, to));
  const forks = (): string[] =>
    cell.entries.flatMap((entry) => (entry.t === "fork" ? [`${entry.act} ${entry.shown.size}`] : []));
  assert.deepEqual(forks(), ["fork 5"]);
  assert.match(
    cell.metrics(),
    /bailiwick_alarms_total\{cell="eu-frankfurt",kind="witness_contradiction"\} 1\n/,
  );
  monotonicMs += 3_600_000;
  for (const to of [5, 8, 3, 3]) await submit(cell, await branch.request(0, to));
  assert.deepEqual(forks(), ["fork 5", "fork 3"]);
  const lines = cell.logLines.filter((line) => line.includes('"log_contradicted"'));
  assert.equal(lines.length, 2);
  assert.ok(
    cell.logLines.every((line) => !line.includes(log.key.name)),
    "an origin was logged",
  );
});

test("who has not the log's key can set off nothing", async (t) => {
  const cell = await startWitnessCell(t);
  await submit(cell, await history.request(0, 5));
  const forger = new WitnessedHistory(signerFrom(9, log.key.name), "branch");
  assert.equal((await submit(cell, await forger.request(5, 5))).status, 403);
  assert.equal((await submit(cell, Buffer.from("old 5\n\nnonsense"))).status, 400);
  assert.equal(cell.entries.filter(({ t: kind }) => kind === "fork").length, 0);
  assert.match(cell.metrics(), /kind="witness_contradiction"\} 0\n/);
});

test("a body beyond what a request can be is not read", async (t) => {
  const cell = await startWitnessCell(t);
  assert.equal((await submit(cell, Buffer.alloc(33 * 1024, "a"))).status, 413);
});

test("a log that nobody cosigned, and every log at a cell that is no witness, is an unknown path", async (t) => {
  const cell = await startWitnessCell(t);
  const path = `/witness/${originHash(log.key.name)}/checkpoint`;
  assert.equal((await fetch(`${cell.gateway.url}${path}`)).status, 404);
  const other = await startTestCell(t);
  assert.equal((await fetch(`${other.gateway.url}${path}`)).status, 404);
  assert.equal((await submit(other, await history.request(0, 5))).status, 404);
});

test("a log that is not cosigned in time sets off one alarm, and refuses requests where the cell file says so", async (t) => {
  for (const isQuorumRequired of [false, true]) {
    let monotonicMs = 5_000;
    const cell = await startWitnessCell(t, {
      monotonicNow: () => momentAt(monotonicMs),
      isQuorumRequired,
      quorumMissingSinceMs: momentAt(monotonicMs),
    });
    monotonicMs += 59_999;
    assert.equal((await askChat(cell)).status, 200);
    monotonicMs += 1;
    const answer = await askChat(cell);
    assert.equal(answer.status, isQuorumRequired ? 503 : 200);
    if (isQuorumRequired) assert.equal(errorOf(answer).type, "gateway_ledger_unavailable");
    while (!cell.metrics().includes('kind="witness_quorum"} 1\n'))
      await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

async function startWitnessCell(t: TestContext, options: TestCellOptions = {}): Promise<TestCell> {
  const fileSystem = new SimulatedDisk();
  const witness = await openWitness({
    fileSystem,
    directory: "/witness",
    signer,
    logs: [log.key],
    now: Date.now,
  });
  return startTestCell(t, { ...options, witness });
}

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly bytes: Uint8Array;
}

async function submit({ gateway }: TestCell, body: Uint8Array): Promise<Answer> {
  const answer = await fetch(`${gateway.url}/witness/add-checkpoint`, {
    method: "POST",
    body: new Uint8Array(body),
  });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  return { status: answer.status, type: answer.headers.get("content-type"), bytes };
}
