import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { monotonicNow } from "../../clock/index.ts";
import { sha256, signerFrom, verifyEd25519 } from "../../../test/support/ledger-crypto.ts";
import { lifecycleEntries } from "../../../test/support/ledger-entries.ts";
import { buildLog } from "../../../test/support/ledger-log.ts";
import { startWitness, type TestWitness } from "../../../test/support/witness-server.ts";
import { WitnessedHistory } from "../../../test/support/witnessed-history.ts";
import {
  emptyRoot,
  formatNoteKey,
  parseNote,
  type Quorum,
  type TrustFile,
  verifyNote,
} from "../../ledger/index.ts";
import type { Cosigned, CosignRequest } from "../log/cosigner.ts";
import { WitnessClient } from "./witness-client.ts";

const origin = "acme.example/ledger/DE/eu-frankfurt/2026-11";
const log = signerFrom(1, origin);
const history = new WitnessedHistory(log);
const branch = new WitnessedHistory(log, "branch");

test("every witness within reach cosigns, and keeps up from one checkpoint to the next", async (t) => {
  const witnesses = await startTwo(t);
  const client = clientOf(witnesses, 2);
  for (const [from, to] of [
    [0, 5],
    [5, 300],
    [300, 301],
  ] as const) {
    const { note, isQuorumMet } = await client.cosign(requestOf(from, to));
    assert.ok(isQuorumMet);
    assert.deepEqual(cosignersOf(note, witnesses), ["us-virginia", "ae-dubai"], `${to}`);
  }
  assert.deepEqual(
    witnesses.map(({ asked }) => asked.length),
    [3, 3],
  );
  assert.deepEqual(
    client.statuses(origin).map(({ result, lastCosigned }) => [result, lastCosigned?.size]),
    [
      ["cosigned", 301],
      ["cosigned", 301],
    ],
  );
});

test("a log is published as soon as the quorum is met, and a slow witness is waited for no longer", async (t) => {
  const witnesses = await startTwo(t);
  const [, slow] = witnesses;
  assert.ok(slow);
  slow.misbehave = () => "hang";
  const client = clientOf(witnesses, 1, 60_000);
  const { note, isQuorumMet } = await client.cosign(requestOf(0, 5));
  assert.ok(isQuorumMet);
  assert.deepEqual(cosignersOf(note, witnesses), ["us-virginia"]);
});

test("without a quorum the log is published after the time limit, with what is there, and tells so", async (t) => {
  const witnesses = await startTwo(t);
  const [, slow] = witnesses;
  assert.ok(slow);
  slow.misbehave = () => "hang";
  const client = clientOf(witnesses, 2, 500);
  const { note, isQuorumMet } = await client.cosign(requestOf(0, 5));
  assert.ok(!isQuorumMet);
  assert.deepEqual(cosignersOf(note, witnesses), ["us-virginia"]);
  assert.deepEqual(
    client.statuses(origin).map(({ result }) => result),
    ["cosigned", "unreachable"],
  );
  slow.misbehave = null;
  assert.ok((await client.cosign(requestOf(5, 8))).isQuorumMet);
});

test("a witness that knows an older tree, or none, is met where it is", async (t) => {
  const witnesses = await startTwo(t);
  const [ahead] = witnesses;
  await ahead?.witness.addCheckpoint(await history.request(0, 3));
  const { note } = await clientOf(witnesses, 2).cosign(requestOf(7, 9));
  assert.deepEqual(cosignersOf(note, witnesses), ["us-virginia", "ae-dubai"]);
});

const forks: readonly { title: string; known: WitnessedHistory; size: number; says: RegExp }[] = [
  { title: "more of this log", known: history, size: 12, says: /has 9 entries here, and 12 were cosigned/ },
  { title: "another tree of this size", known: branch, size: 9, says: /whose first 9 entries/ },
  { title: "another, smaller tree", known: branch, size: 4, says: /whose first 4 entries/ },
];
for (const { title, known, size, says } of forks) {
  test(`a witness that shows ${title} under the log's own key stops it`, async (t) => {
    const witnesses = await startTwo(t);
    await witnesses[0]?.witness.addCheckpoint(await known.request(0, size));
    const client = clientOf(witnesses, 2);
    await assert.rejects(client.cosign(requestOf(7, 9)), { name: "ForkError", message: says });
    await assert.rejects(client.cosign(requestOf(7, 9)), { name: "ForkError" });
  });
}

test("a fork that is found after the quorum was met stops the next checkpoint", async (t) => {
  const witnesses = await startTwo(t);
  await witnesses[1]?.witness.addCheckpoint(await branch.request(0, 9));
  const client = clientOf(witnesses, 1);
  const attempts = async (): Promise<void> => {
    for (let size = 10; size < 100; size++) await client.cosign(requestOf(9, size));
  };
  await assert.rejects(attempts(), { name: "ForkError" });
});

test("a witness that only says that it knows more is not believed", async (t) => {
  const witnesses = await startTwo(t);
  const [liar] = witnesses;
  assert.ok(liar);
  const wrongs = [
    { status: 409, contentType: "text/x.tlog.size", body: "999\n" },
    { status: 409, contentType: "text/x.tlog.size", body: "many\n" },
    { status: 409, contentType: "text/plain", body: "no\n" },
    { status: 422, body: "no\n" },
    { status: 404, body: "no\n" },
    { status: 200, body: "— a.example AAAAAAAA\n" },
    { status: 200, body: "x".repeat(100_000) },
  ] as const;
  const client = clientOf(witnesses, 1);
  for (const wrong of wrongs) {
    liar.misbehave = (path) => (path === "add-checkpoint" ? wrong : null);
    const { note, isQuorumMet } = await client.cosign(requestOf(7, 9));
    assert.ok(isQuorumMet, wrong.body);
    assert.deepEqual(cosignersOf(note, witnesses), ["ae-dubai"]);
  }
});

test("the largest tree that a witness shows under the log's key is what a start is held against", async (t) => {
  const witnesses = await startTwo(t);
  const client = clientOf(witnesses, 2);
  assert.equal(await client.newestWitnessed(log.key), null);
  await witnesses[0]?.witness.addCheckpoint(await history.request(0, 3));
  await witnesses[1]?.witness.addCheckpoint(await history.request(0, 5));
  assert.deepEqual(await client.newestWitnessed(log.key), history.head(5));
  assert.equal(await client.newestWitnessed(signerFrom(9, origin).key), null);
});

test("a witness that does not know the new month's log is shown the end of the one before", async (t) => {
  const december = signerFrom(2, origin.replace("-11", "-12"));
  const directory = await ledgerEndingWith(t, formatNoteKey(december.key), december.key.name);
  const witnesses = await startTwo(t);
  const client = clientOf(witnesses, 2, 5_000, directory);
  const next = new WitnessedHistory(december);
  const request = {
    ...requestOf(0, 5),
    ...partsOf(next, 0, 5),
    origin: december.key.name,
    key: december.key,
  };
  const { note } = await client.cosign(request);
  assert.deepEqual(cosignersOf(note, witnesses), ["us-virginia", "ae-dubai"]);
  // They had not seen the last checkpoint of November either.
  const path = ["add-checkpoint", "add-log", "add-checkpoint", "add-log", "add-checkpoint"];
  assert.deepEqual(witnesses[0]?.asked, path);
});

test("a plain witness, which knows of no succession, is left out until it is told of the log", async (t) => {
  const december = signerFrom(2, origin.replace("-11", "-12"));
  const directory = await ledgerEndingWith(t, formatNoteKey(december.key), december.key.name);
  const plain = await startWitness(t, { name: "plain.example/w1", seed: 30, logs: [log.key], isPlain: true });
  const client = clientOf([plain], 1, 5_000, directory);
  const next = new WitnessedHistory(december);
  const request = {
    ...requestOf(0, 5),
    ...partsOf(next, 0, 5),
    origin: december.key.name,
    key: december.key,
  };
  assert.ok(!(await client.cosign(request)).isQuorumMet);
  assert.deepEqual(
    client.statuses(origin).map(({ refusedWith }) => refusedWith),
    [404],
  );
  assert.ok((await client.cosign(requestOf(0, 5))).isQuorumMet, "the log that it knows is cosigned");
});

async function startTwo(t: TestContext): Promise<readonly TestWitness[]> {
  const names = ["US/us-virginia", "AE/ae-dubai"];
  return Promise.all(
    names.map((name, at) =>
      startWitness(t, { name: `acme.example/witness/${name}`, seed: 10 + at, logs: [log.key] }),
    ),
  );
}

function clientOf(
  witnesses: readonly TestWitness[],
  least: number,
  timeLimitMs = 5_000,
  directory = "/nonexistent",
): WitnessClient {
  const keys = witnesses.map(({ signer }) => signer.key);
  const members = keys.map((key): Quorum => ({ kind: "witness", key }));
  const trust: TrustFile = {
    logs: [],
    witnesses: keys,
    quorum: { kind: "group", least, members },
    urls: new Map(witnesses.map(({ signer, url }) => [signer.key, url])),
  };
  return new WitnessClient({ trust, directory, monotonicNow, timeLimitMs });
}

function requestOf(from: number, to: number): CosignRequest {
  return { origin, key: log.key, ...partsOf(history, from, to) };
}

function partsOf(of: WitnessedHistory, from: number, to: number): Omit<CosignRequest, "origin" | "key"> {
  return {
    published: from === 0 ? { size: 0, root: emptyRoot(sha256) } : of.head(from),
    next: of.head(to),
    note: of.note(to),
    proveFrom: (size) => of.prove(size, to),
  };
}

function cosignersOf(note: Cosigned["note"], witnesses: readonly TestWitness[]): string[] {
  const parsed = parseNote(note);
  const keys = witnesses.map(({ signer }) => signer.key);
  const signers = parsed.ok ? verifyNote(parsed.value, [log.key, ...keys], verifyEd25519) : parsed;
  assert.ok(signers.ok);
  return keys.filter((key) => signers.value.has(key)).map(({ name }) => name.split("/").at(-1) ?? "");
}

/** A ledger directory with a November that ended by naming December. */
async function ledgerEndingWith(t: TestContext, key: string, named: string): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-introduction-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const [closed] = lifecycleEntries(1);
  assert.ok(closed?.t === "closed");
  const files = buildLog({
    entries: [closed, { ...closed, next: { origin: named, key } }],
    signer: log,
    sealedAt: [1, 2],
  });
  for (const [path, bytes] of files) {
    const file = join(directory, "log", "2026-11", path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
  }
  return directory;
}
