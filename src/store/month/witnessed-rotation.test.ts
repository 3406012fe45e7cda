// The logs of two months under the eyes of witnesses that nobody tells of the second one.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { WallClock } from "../../base/index.ts";
import { monotonicNow } from "../../clock/index.ts";
import { verifyEd25519 } from "../../../test/support/ledger-crypto.ts";
import {
  requestId,
  decisionEntry,
  outcomeEntry,
  refusalEntry,
} from "../../../test/support/ledger-entries.ts";
import { signerOf } from "../../../test/support/ledger-months.ts";
import { MonthKeys } from "../../../test/support/month-keys.ts";
import { testLogOptions } from "../../../test/support/open-test-log.ts";
import { startWitness, type TestWitness } from "../../../test/support/witness-server.ts";
import {
  encodeEntry,
  formatProofFile,
  parseEntry,
  parseNote,
  parseProofFile,
  type TrustFile,
  verifyNote,
} from "../../ledger/index.ts";
import { nodeFileSystem } from "../../disk/file-system.ts";
import { RotatingLog } from "./rotating-log.ts";
import { WitnessClient } from "../witness/witness-client.ts";

const november = Date.UTC(2026, 10, 30, 23, 59);
const december = Date.UTC(2026, 11, 1);

test("the log of a new month is cosigned as soon as the one before has ended, and not sooner", async (t) => {
  const world = await startWorld(t);
  const { logs, witness } = world;
  assert.ok(world.isCosigned("2026-11"));
  const rid = requestId(1);
  await logs.append([{ entry: encodeEntry(decisionEntry(1, rid)), pairing: { kind: "opens", rid } }]);
  world.nowMs = december;
  await logs.tick();
  assert.ok(!world.isCosigned("2026-12"), "November is not over while a request of it runs");
  await logs.append([{ entry: encodeEntry(outcomeEntry(2, 1, rid)), pairing: { kind: "closes", rid } }]);
  await logs.tick();
  // November has ended with this tick; the next one asks again, though December has not grown.
  await logs.tick();
  assert.ok(world.isCosigned("2026-11"), "to its last entry");
  assert.ok(world.isCosigned("2026-12"));
  assert.equal(witness.asked.filter((path) => path === "add-log").length, 1);
  // Of all entries, the last one of November alone has crossed, and nothing beside what its proof is made of.
  const sent = witness.bodies[witness.asked.indexOf("add-log")] ?? assert.fail();
  const proof = parseProofFile(sent);
  assert.ok(proof.ok);
  const entry = parseEntry(proof.value.extra ?? assert.fail());
  assert.ok(entry.ok && entry.value.t === "closed");
  assert.deepEqual(formatProofFile(proof.value), sent);
  assert.ok(witness.bodies.every((body) => !Buffer.from(body).includes(rid)));
});

test("a log does not end while its witnesses are away, for a quarter of an hour", async (t) => {
  const world = await startWorld(t);
  const { logs, witness } = world;
  witness.misbehave = () => ({ status: 404, body: "" });
  world.nowMs = december;
  await logs.append([{ entry: encodeEntry(refusalEntry(1)), pairing: { kind: "none" } }]);
  await logs.tick();
  await logs.tick();
  assert.ok(!world.isCosigned("2026-11"));
  witness.misbehave = null;
  for (let tick = 0; tick < 3; tick++) await logs.tick();
  assert.ok(world.isCosigned("2026-11"));
  assert.ok(world.isCosigned("2026-12"), "so November has ended");
  await logs.close();
});

test("a checkpoint that nobody cosigned is cosigned later, without a new entry, and the log opens again", async (t) => {
  const world = await startWorld(t);
  const { logs, witness } = world;
  witness.misbehave = () => ({ status: 404, body: "" });
  await logs.append([{ entry: encodeEntry(decisionEntry(1)), pairing: { kind: "none" } }]);
  await logs.tick();
  assert.ok(!world.isCosigned("2026-11"));
  assert.ok(!logs.current.writer.isQuorumMet);
  witness.misbehave = null;
  await logs.tick();
  assert.ok(world.isCosigned("2026-11"));
  assert.ok(logs.current.writer.isQuorumMet);
  await logs.close();
  // The copy that was kept has no cosignature: the same checkpoint all the same.
  await (await world.open()).close();
});

interface World {
  nowMs: number;
  readonly witness: TestWitness;
  readonly logs: RotatingLog;
  open(): Promise<RotatingLog>;
  isCosigned(month: "2026-11" | "2026-12"): boolean;
}

async function startWorld(t: TestContext): Promise<World> {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-rotation-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const keys = new MonthKeys();
  const logs = [signerOf("2026-11").key];
  const witness = await startWitness(t, { name: "acme.example/witness/US/us-virginia", seed: 20, logs });
  const { key } = witness.signer;
  const trust: TrustFile = {
    logs,
    witnesses: [key],
    quorum: { kind: "witness", key },
    urls: new Map([[key, witness.url]]),
  };
  const now: WallClock = () => world.nowMs;
  const cosigner = new WitnessClient({ trust, directory, monotonicNow, timeLimitMs: 5_000 });
  const options = testLogOptions({ fileSystem: nodeFileSystem, directory, cosigner, now });
  const open = (): Promise<RotatingLog> =>
    RotatingLog.open({ ...options, retentionDays: null, keys, monotonicNow, onRotation: () => {} });
  const world = { nowMs: november, witness, open, isCosigned };
  return Object.assign(world, { logs: await open() });

  function isCosigned(month: "2026-11" | "2026-12"): boolean {
    const note = parseNote(new Uint8Array(readFileSync(join(directory, "log", month, "checkpoint"))));
    const signers = note.ok ? verifyNote(note.value, [signerOf(month).key, key], verifyEd25519) : note;
    return signers.ok && signers.value.has(key);
  }
}
