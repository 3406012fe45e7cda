// The cells of one deployment as each other's witnesses: what is cosigned, what is refused, and what crosses between them.
import assert from "node:assert/strict";
import { once } from "node:events";
import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readTrust } from "../src/cell/load/trust.ts";
import type { RunningCell } from "../src/cell/compose-cell.ts";
import { openSigningKey, sha256, verifyEd25519 } from "../src/keys/index.ts";
import {
  cosignatureType,
  formatAddCheckpoint,
  formatNoteKey,
  type NoteKey,
  parseAddCheckpoint,
  parseNote,
} from "../src/ledger/index.ts";
import { parseCheckpoint, signCheckpoint } from "../src/ledger/note/checkpoint.ts";
import { formatNote, verifyNote } from "../src/ledger/note/note.ts";
import { type KeptPair, openLogDirectory } from "../src/store/index.ts";
import { bailiwick, chat, eventually, ledgerDirectory, startDemoFor } from "./support/demo.ts";
import { signerFrom } from "./support/ledger-crypto.ts";
import { checkpointOf, type DemoCells, prepareDemoCells } from "./support/demo-cells.ts";
import { command } from "./support/command.ts";

const names = ["eu-frankfurt", "us-virginia", "ae-dubai"] as const;
const tenants = {
  "eu-frankfurt": "demo-bank",
  "us-virginia": "demo-shop",
  "ae-dubai": "demo-dubai",
} as const;
const canary = "CANARY-5d1c-heartbeat-of-patient-Ottilie";

test("in the demo every log is cosigned by another cell, from its start to after its end", async (t) => {
  const demo = await startDemoFor(t);
  const verified = async (): Promise<number> => (await command("ledger", "verify", demo.directory)).code;
  assert.equal(await verified(), 0, "right after the start");
  await Promise.all(names.map(async (cell) => (await chat(demo, { cell, tenant: tenants[cell] })).text()));
  const { witnesses } = readTrust(demo.contract.trust);
  for (const name of names) {
    const [log] = readTrust(demo.contract.trust).logs.filter((key) => key.name.includes(`/${name}/`));
    assert.ok(log);
    const directory = join(ledgerDirectory(demo, name), "log", log.name.split("/").at(-1) ?? "");
    const read = (): Uint8Array => new Uint8Array(readFileSync(join(directory, "checkpoint")));
    await eventually(() => sizeOf(read()) >= 3);
    const cosigners = cosignersOf(read(), [log, ...witnesses]).filter((signer) => signer !== log.name);
    assert.ok(cosigners.length > 0, `${name} has no cosignature`);
    assert.ok(
      cosigners.every((signer) => !signer.endsWith(`/${name}`)),
      cosigners.join(", "),
    );
  }
  // Entries that come just before the end are cosigned too.
  await Promise.all(names.map(async (cell) => (await chat(demo, { cell, tenant: tenants[cell] })).text()));
  assert.equal(await demo.stop(), 0);
  assert.equal(await verified(), 0, "after the end");

  const config = ["--config", join(demo.directory, "eu-frankfurt.yaml")];
  const status = bailiwick("witness", "status", ...config);
  assert.equal(status.code, 0, status.stderr);
  assert.match(
    status.stdout,
    /quorum met.*\nWITNESS .*\n\S+\/US\/us-virginia +\S.*\n\S+\/AE\/ae-dubai +\S.*\n$/,
  );
  const lines = (await command("witness", "keys", ...config)).stdout.trimEnd().split("\n");
  const trust = readFileSync(demo.contract.trust, "utf8").split("\n");
  assert.ok(lines.length === 2 && lines.every((line) => trust.includes(line)), lines.join("\n"));
  // Nobody has cosigned what was never published.
  const peers = join(demo.directory, "strangers.policy");
  const stranger = formatNoteKey(signerFrom(1, "other.example/witness/FR/paris", cosignatureType).key);
  writeFileSync(peers, `witness paris ${stranger}\nquorum paris\n`);
  writeFileSync(config[1] ?? "", `${readFileSync(config[1] ?? "", "utf8")}trust: strangers.policy\n`);
  assert.equal((await command("witness", "status", ...config)).code, 1);
});

test("a cell with an old copy of its state does not start near a peer, and stops when it meets one later", async (t) => {
  const cells = await prepareDemoCells(t);
  const [frankfurt, virginia, dubai] = await startAll(cells);
  const past = await liveOn(cells, frankfurt);
  past.restore();
  await assert.rejects(cells.start("eu-frankfurt"), /a witness has cosigned \d+: it was rolled back/);

  await Promise.all([virginia.stop(), dubai.stop()]);
  const alone = await cells.start("eu-frankfurt");
  assert.equal(await cells.chat(alone, "demo-bank", "a second history"), 200);
  await cells.start("us-virginia");
  assert.match(await alone.failed, /the ledger takes nothing more \(inconsistent\)/);
  assert.equal(await cells.chat(alone, "demo-bank", "no more"), 503);
});

test("of two histories under one key only the first is cosigned; the other sets off an alarm and stands in the ledger", async (t) => {
  const cells = await prepareDemoCells(t);
  const [frankfurt, virginia] = await startAll(cells);
  const published = value(parseNote(checkpointOf(frankfurt)));
  const head = value(parseCheckpoint(published.text));
  const shard = head.origin.split("/").at(-1) ?? "";
  const key = openSigningKey(join(frankfurt.stateDirectory, "keys", "log", `${shard}.pem`));
  const signer = { key: frankfurt.verifierKey, sign: (message: Uint8Array) => key.sign(message) };
  const other = { ...head, root: sha256(Buffer.from("another history")) };
  const body = formatAddCheckpoint({
    oldSize: head.size,
    proof: [],
    checkpoint: signCheckpoint(other, signer),
  });
  for (let repeat = 0; repeat < 3; repeat++) {
    const answer = await fetch(`${virginia.url}/witness/add-checkpoint`, { method: "POST", body });
    assert.equal(answer.status, 422);
  }
  const metrics = await (await fetch(`${virginia.adminUrl}/metrics`)).text();
  assert.match(metrics, /bailiwick_alarms_total\{cell="us-virginia",kind="witness_contradiction"\} 1\n/);
  await virginia.stop();
  const forks = (await entriesOf(virginia)).filter(({ t: kind }) => kind === "fork");
  const heads = { known: { ...head, root: hex(head.root) }, shown: { ...other, root: hex(other.root) } };
  assert.deepEqual(
    forks.map(({ act, known, shown }) => ({ act, known, shown })),
    [{ act: "fork", ...heads }],
  );
  const config = join(cells.directory, "us-virginia.yaml");
  const { stdout } = await command("witness", "status", "--config", config, "--json");
  const { contradictions } = JSON.parse(stdout) as { readonly contradictions: readonly KeptPair[] };
  assert.deepEqual(
    contradictions.map(({ shown, known }) =>
      [known, shown].map(({ note }) =>
        hex(value(parseCheckpoint(value(parseNote(Buffer.from(note))).text)).root),
      ),
    ),
    [[hex(head.root), hex(other.root)]],
  );
  const table = await command("witness", "status", "--config", config);
  assert.match(
    table.stdout,
    /has signed two trees of \d+ entries:\n.*\.known \(SHA-256 [0-9a-f]{64}\)\n.*\.shown /,
  );
});

test("what one cell sends another is a checkpoint, hashes and signatures, and nothing of a request", async (t) => {
  const cells = await prepareDemoCells(t);
  const line = await recordLine(t, new URL(urlOf(cells, "us-virginia")));
  const trust = readFileSync(cells.trustFile, "utf8");
  writeFileSync(cells.trustFile, trust.replace(urlOf(cells, "us-virginia"), `${line.url}/witness`));
  const [frankfurt] = await startAll(cells);
  const before = sizeOf(checkpointOf(frankfurt));
  for (let round = 0; round < 3; round++) assert.equal(await cells.chat(frankfurt, "demo-bank", canary), 200);
  await eventually(() => sizeOf(checkpointOf(frankfurt)) >= before + 6);
  await frankfurt.stop();

  const submissions = line.requests().filter(({ head }) => head.startsWith("POST "));
  assert.ok(submissions.length >= 2, `${submissions.length} requests`);
  for (const { head, body } of submissions) {
    assert.match(
      head,
      /^POST \/witness\/add-checkpoint HTTP\/1\.1\r\n(?:(?:host|connection|content-length): [^\r]*\r\n)*$/i,
    );
    const { oldSize, proof, note, checkpoint } = value(parseAddCheckpoint(body));
    assert.deepEqual(
      note.signatures.map(({ keyName }) => keyName),
      [checkpoint.origin],
    );
    // Written again from what it says, it has the same bytes: there is room for nothing else.
    const again = formatAddCheckpoint({ oldSize, proof, checkpoint: formatNote(note) });
    assert.deepEqual(Buffer.from(again), Buffer.from(body));
    assert.equal(note.text.split("\n").length, 4);
  }
  const crossed = line.bytes();
  const entries = await entryBytesOf(frankfurt);
  assert.ok(entries.length > 6);
  for (const entry of entries) assert.ok(!crossed.includes(entry), "an entry crossed");
  for (const secret of [
    canary,
    Buffer.from(canary).toString("base64"),
    Buffer.from(canary).toString("hex"),
    '"t":',
    '"rid":',
  ]) {
    assert.ok(!crossed.includes(secret), secret);
  }
});

/** One request at each, so that every log has grown and been cosigned. */
async function startAll(cells: DemoCells): Promise<readonly [RunningCell, RunningCell, RunningCell]> {
  const started = [
    await cells.start(names[0]),
    await cells.start(names[1]),
    await cells.start(names[2]),
  ] as const;
  await Promise.all(started.map((cell) => growCosigned(cells, cell)));
  return started;
}

/** Lets the cell live on, under its witnesses' eyes, from a state that is copied first. It is stopped at the end. */
async function liveOn(cells: DemoCells, cell: RunningCell): Promise<{ restore(): void }> {
  const { stateDirectory } = cell;
  await cell.stop();
  cpSync(stateDirectory, `${stateDirectory}.old`, { recursive: true });
  const later = await cells.start(cell.name);
  await growCosigned(cells, later);
  await later.stop();
  return {
    restore: () => {
      rmSync(stateDirectory, { recursive: true });
      renameSync(`${stateDirectory}.old`, stateDirectory);
    },
  };
}

async function growCosigned(cells: DemoCells, cell: RunningCell): Promise<void> {
  const before = sizeOf(checkpointOf(cell));
  assert.equal(await cells.chat(cell, tenants[cell.name as keyof typeof tenants], "hello"), 200);
  await eventually(() => sizeOf(checkpointOf(cell)) >= before + 2 && cell.isCosigned());
}

interface Line {
  readonly url: string;
  bytes(): Buffer;
  /** What the side that connects has sent, cut into requests. */
  requests(): readonly { readonly head: string; readonly body: Uint8Array }[];
}

/** A wire with a recorder on it. */
async function recordLine(t: TestContext, target: URL): Promise<Line> {
  const sent: Buffer[][] = [];
  const answered: Buffer[] = [];
  const server = createServer((near) => {
    const mine: Buffer[] = [];
    sent.push(mine);
    const far = connect(Number(target.port), target.hostname);
    near.on("data", (data: Buffer) => mine.push(data)).pipe(far);
    far.on("data", (data: Buffer) => answered.push(data)).pipe(near);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const)
      one.on("error", () => other.destroy());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => server.close());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes: () => Buffer.concat([...sent.flat(), ...answered]),
    requests: () => sent.flatMap((chunks) => cutRequests(Buffer.concat(chunks))),
  };
}

function cutRequests(bytes: Buffer): { readonly head: string; readonly body: Uint8Array }[] {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return [];
  const head = bytes.subarray(0, end + 2).toString();
  const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
  const body = bytes.subarray(end + 4, end + 4 + length);
  return [{ head, body: new Uint8Array(body) }, ...cutRequests(bytes.subarray(end + 4 + length))];
}

function urlOf({ trustFile }: DemoCells, cell: string): string {
  const { witnesses, urls } = readTrust(trustFile);
  const witness = witnesses.find(({ name }) => name.endsWith(`/${cell}`));
  return (witness && urls.get(witness)) ?? assert.fail(cell);
}

function sizeOf(checkpoint: Uint8Array): number {
  return value(parseCheckpoint(value(parseNote(checkpoint)).text)).size;
}

function cosignersOf(checkpoint: Uint8Array, keys: readonly NoteKey[]): string[] {
  return [...value(verifyNote(value(parseNote(checkpoint)), keys, verifyEd25519))].map(({ name }) => name);
}

async function entryBytesOf(cell: RunningCell): Promise<Buffer[]> {
  const [log] = await openLogDirectory(cell.ledgerDirectory);
  assert.ok(log);
  const entries: Buffer[] = [];
  for await (const { bytes } of log.readEntries(0, sizeOf(checkpointOf(cell)) - 1))
    entries.push(Buffer.from(bytes));
  return entries;
}

async function entriesOf(cell: RunningCell): Promise<Record<string, unknown>[]> {
  return (await entryBytesOf(cell)).map((entry) => JSON.parse(entry.toString()) as Record<string, unknown>);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function value<Value>(result: { ok: true; value: Value } | { ok: false; error: unknown }): Value {
  return result.ok ? result.value : assert.fail(String(result.error));
}
