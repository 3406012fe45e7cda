// What the ledger keeps of a request tells nothing to whoever guesses, and nothing to anybody once its key is erased.
import assert from "node:assert/strict";
import { createHmac, createSecretKey, hash, hkdfSync, type KeyObject } from "node:crypto";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  openDisclosedKey,
  openFileService,
  openVault,
  parseDisclosedKey,
  type Vault,
} from "../src/keys/index.ts";
import { type DecisionEntry, type Entry } from "../src/ledger/index.ts";
import { canaries, type CanaryCell, prepareSite } from "./support/canary-cell.ts";
import { filesBelow } from "./support/canary-search.ts";
import { eventually } from "./support/demo.ts";
import { command } from "./support/command.ts";

const label = "req/v1\0";
const guessedBodies = 62_500;
const secretNumber = 31_337;

/** Everything but the number is known to whoever guesses. */
function bodyOf(number: number): string {
  const content = `Transfer ${number} euro to Ms Vestergaard`;
  return JSON.stringify({ model: "assistant", messages: [{ role: "user", content }] });
}

async function ask({ url }: CanaryCell, body: string): Promise<void> {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${canaries.apiKey}`,
      "content-type": "application/json",
      "bailiwick-subject": canaries.subject,
    },
    body,
  });
  assert.equal(answer.status, 200);
  await answer.arrayBuffer();
}

interface IndexedEntry {
  readonly index: number;
  readonly entry: Entry;
}

async function entriesOf({ ledger }: CanaryCell): Promise<readonly IndexedEntry[]> {
  const { stdout } = await command("ledger", "show", ledger, "--json");
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as IndexedEntry);
}

interface Recorded {
  readonly cell: CanaryCell;
  readonly index: number;
  readonly decision: DecisionEntry;
  readonly entries: readonly IndexedEntry[];
}

/** A cell that took one request, once its decision is under a checkpoint. */
async function record(cell: CanaryCell): Promise<Recorded> {
  await ask(cell, bodyOf(secretNumber));
  let entries: readonly IndexedEntry[] = [];
  await eventually(async () => (entries = await entriesOf(cell)).some(({ entry }) => entry.t === "outcome"));
  const found = entries.find(({ entry }) => entry.t === "decision");
  assert.ok(found?.entry.t === "decision" && found.entry.v === 3);
  return { cell, index: found.index, decision: found.entry, entries };
}

/** The vault of a cell that does not run, with its wrapping key: all that a thief of the whole disk has. */
function vaultOf({ stateDirectory }: CanaryCell): Promise<Vault> {
  return openVault({
    directory: join(stateDirectory, "vault"),
    service: openFileService(join(stateDirectory, "keys", "wrapping.key")),
    deployment: "canary.example",
    cell: "eu-frankfurt",
  });
}

test("a million guesses at a request find no commitment of it, and find each one that is made without a secret", async (t) => {
  const { cell, decision, entries } = await record(await (await prepareSite(t)).start());
  const inVault = filesBelow(join(cell.stateDirectory, "vault")).map(({ name }) => name.slice(-32));
  const stored = new Set([
    ...entries.flatMap(({ entry }) => JSON.stringify(entry).match(/(?<=")[0-9a-f]{32,64}(?=")/g) ?? []),
    ...inVault,
  ]);
  assert.ok(decision.req !== null && stored.has(decision.req) && stored.size > 8);
  const truth = Buffer.from(bodyOf(secretNumber));
  const controls = [hash("sha256", truth), hmacOf(canaries.tenant, truth), hmacOf(decision.n, truth)];
  const targets = new Set([...stored, ...controls].map((digest) => digest.slice(0, 32)));

  const keys = guessableKeys(decision);
  const found = new Set<string>();
  let guesses = 0;
  for (let number = secretNumber - 1_000; number < secretNumber - 1_000 + guessedBodies; number++) {
    const body = Buffer.from(bodyOf(number));
    for (const digest of guessesAt(body, keys)) {
      guesses++;
      if (targets.has(digest.slice(0, 32))) found.add(digest);
    }
  }
  for (const person of guessedPersons()) {
    for (const name of personsNames(person, keys)) if (targets.has(name.slice(0, 32))) found.add(name);
  }
  assert.ok(guesses >= 1_000_000, `${guesses} guesses`);
  assert.deepEqual(found, new Set(controls));

  const file = join(cell.stateDirectory, "disclosed.json");
  const config = ["--config", cell.config, "--subject", decision.subject, "--to", "auditor"];
  assert.equal((await command("disclose", ...config, "--out", file)).code, 0);
  assert.equal(commitWith(file, truth), decision.req, "and whoever has the key needs one guess");
});

/** Of bytes, always a key object: an HMAC under plain bytes takes Node seven times as long. */
type GuessedKey = string | KeyObject;

/** What somebody who reads the log and knows the deployment would try as a key. */
function guessableKeys({ n, rid, subject, tenant, cell }: DecisionEntry): readonly GuessedKey[] {
  const words = [canaries.tenant, canaries.subject, canaries.apiKey, "canary.example", cell, "bailiwick", ""];
  const printed = [n, rid, subject, tenant];
  return [
    ...words,
    ...printed,
    ...printed.slice(0, 2).map((hex) => createSecretKey(Buffer.from(hex, "hex"))),
    createSecretKey(Buffer.alloc(32)),
  ];
}

/** Whoever has the disk also has the names of the vault's files, and a list of people. */
function guessedPersons(): readonly (string | null)[] {
  return [null, canaries.subject, ...Array.from({ length: 500 }, (_, number) => `patient-${number}`)];
}

function* personsNames(person: string | null, keys: readonly GuessedKey[]): Generator<string, void> {
  const month = new Date().toISOString().slice(0, 7);
  const said = JSON.stringify([canaries.tenant, person, month]);
  for (const text of [said, canaries.tenant, String(person)]) {
    yield hash("sha256", text);
    for (const key of keys) {
      for (const label of ["subject/v1\0", "tenant/v1\0", ""]) {
        yield createHmac("sha256", key).update(label).update(text).digest("hex");
      }
    }
  }
}

function* guessesAt(body: Buffer, keys: readonly GuessedKey[]): Generator<string, void> {
  yield hash("sha256", body);
  yield hash("sha256", Buffer.concat([Buffer.from(label), body]));
  for (const key of keys) yield hmacOf(key, body);
}

function hmacOf(key: GuessedKey, body: Uint8Array): string {
  return createHmac("sha256", key).update(label).update(body).digest("hex");
}

function commitWith(file: string, body: Uint8Array): string {
  const key = parseDisclosedKey(readFileSync(file, "utf8"));
  assert.ok(key.ok);
  return openDisclosedKey(key.value).commit("req/v1", body);
}

test("after an erasure nothing on the disk makes the commitment again, a restored backup included, and every proof holds", async (t) => {
  const site = await prepareSite(t);
  const { cell, index, decision } = await record(await site.start());
  const truth = Buffer.from(bodyOf(secretNumber));
  const vault = join(cell.stateDirectory, "vault");
  const backup = join(site.directory, "backup");
  cpSync(vault, backup, { recursive: true });
  const proof = join(site.directory, "decision.tlog-proof");
  await command("ledger", "proof", cell.ledger, "--index", String(index), "--out", proof);

  const about = ["--config", cell.config, "--tenant", canaries.tenant, "--person", canaries.subject];
  assert.equal((await command("erase", ...about, "--ground", "gdpr-17-1-b")).code, 0);
  assert.equal(await cell.stop(), 0);
  await assertUnknown(cell, decision);
  assert.equal(keyOnDisk(cell, decision, truth), null);

  rmSync(vault, { recursive: true });
  cpSync(backup, vault, { recursive: true });
  const thief = await vaultOf(cell);
  const restored = await thief.disclose(decision.subject);
  assert.equal(openDisclosedKey(restored).commit("req/v1", truth), decision.req, "the backup has the key");
  const planted = join(cell.stateDirectory, "planted");
  writeFileSync(planted, restored.key);
  assert.equal(keyOnDisk(cell, decision, truth), "planted", "and a key on the disk would be found");
  rmSync(planted);

  const again = await site.start();
  assert.equal(await again.stop(), 0);
  await assertUnknown(again, decision);
  assert.equal(keyOnDisk(again, decision, truth), null);
  const trust = join(again.stateDirectory, "trust.policy");
  const verified = await command("ledger", "verify", again.ledger, "--trust", trust);
  assert.equal(verified.code, 0, verified.stdout);
  assert.equal((await command("ledger", "proof", "verify", proof, "--trust", trust)).code, 0);
  const erasures = (await entriesOf(again)).filter(({ entry }) => entry.t === "erasure");
  assert.equal(erasures.length, 1);
});

async function assertUnknown(cell: CanaryCell, { subject, req }: DecisionEntry): Promise<void> {
  const vault = await vaultOf(cell);
  await assert.rejects(vault.keyOf(subject), { name: "UnknownHandleError" });
  const wrapped = filesBelow(join(cell.stateDirectory, "vault", "keys"));
  for (const { name } of wrapped) {
    const key = await vault.keyOf(name.slice(-32));
    assert.notEqual(key.commit("req/v1", Buffer.from(bodyOf(secretNumber))), req);
  }
}

/** Takes every 32 bytes of every file for a key, and for the secret that a key is derived from. */
function keyOnDisk({ stateDirectory }: CanaryCell, { req }: DecisionEntry, body: Uint8Array): string | null {
  for (const { name, bytes } of filesBelow(stateDirectory)) {
    for (let at = 0; at + 32 <= bytes.length; at++) {
      const key = createSecretKey(bytes.subarray(at, at + 32));
      if (hmacOf(key, body) === req) return name;
      const derived = new Uint8Array(hkdfSync("sha256", key, "", "commitments/v1", 32));
      if (hmacOf(createSecretKey(derived), body) === req) return name;
    }
  }
  return null;
}
