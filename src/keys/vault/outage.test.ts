// What a vault does while its key service is away, and what a real one's second cell can make of its files.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { FakeTransit } from "../../../test/support/fake-transit.ts";
import { openTestVault } from "../../../test/support/open-test-vault.ts";
import { encodeUtf8, type TenantId, settled } from "../../base/index.ts";
import { KeyRefusedError, type KeyService, KeysUnavailableError } from "../key-services/key-service.ts";
import { openTransitService } from "../key-services/transit-service.ts";
import type { Vault } from "./vault.ts";

const root = mkdtempSync(join(tmpdir(), "bailiwick-outage-"));
const closing: (() => Promise<unknown>)[] = [];
after(async () => {
  await Promise.all(closing.map((close) => close()));
  rmSync(root, { recursive: true });
});
let directories = 0;
const nextDirectory = () => join(root, String(directories++));

const november = settled(Date.UTC(2026, 10, 20));
const personOf = (person: string) => ({ tenant: "demo-clinic" as TenantId, person });
const body = encodeUtf8('{"model":"assistant"}');

async function startTransit(): Promise<FakeTransit> {
  const fake = await FakeTransit.start();
  closing.push(() => fake.stop());
  return fake;
}

function serviceAt(fake: FakeTransit): KeyService {
  return openTransitService({
    address: fake.address,
    mount: "transit",
    key: "cell",
    namespace: null,
    token: () => "s.token",
    authorities: null,
    timeoutMs: 5_000,
  });
}

async function open(fake: FakeTransit, directory: string, cachedKeys = 100): Promise<Vault> {
  const vault = await openTestVault(directory, { service: serviceAt(fake), cachedKeys });
  closing.push(() => vault.close());
  return vault;
}

test("while the service is down, keys in memory go on, and others are not available until it is back", async () => {
  const fake = await startTransit();
  const vault = await open(fake, nextDirectory());
  const known = await vault.subjectKey(personOf("known"), november);
  fake.fault = "sealed";
  assert.equal((await vault.subjectKey(personOf("known"), november)).handle, known.handle);
  assert.equal(known.commit("req/v1", body).length, 64);
  await assert.rejects(vault.subjectKey(personOf("new"), november), KeysUnavailableError);
  await assert.rejects(vault.keyOf(known.handle), KeysUnavailableError);
  await assert.rejects(vault.disclose(known.handle), KeysUnavailableError);
  await assert.rejects(vault.rotateKey(), KeysUnavailableError);
  await assert.rejects(vault.rewrapAll(), KeysUnavailableError);
  const { newest, reason, cached } = await vault.health();
  assert.deepEqual([newest, cached], [null, 1]);
  assert.match(reason ?? "", /503: it is sealed/);
  fake.fault = null;
  await vault.subjectKey(personOf("new"), november);
  assert.deepEqual(await vault.health(), {
    service: "transit",
    cached: 2,
    newest: { key: "transit/cell", version: "1" },
    reason: null,
  });
});

test("holds, handles and erasures need no service", async () => {
  const fake = await startTransit();
  const vault = await open(fake, nextDirectory());
  const { handle } = await vault.subjectKey(personOf("known"), november);
  fake.fault = "down";
  assert.deepEqual(await vault.handlesOf(personOf("known")), [{ month: "2026-11", handle }]);
  await vault.placeHold({ handle, reason: "litigation", untilMs: null });
  await vault.releaseHold(handle, "litigation");
  await vault.erase({ handle, ground: "gdpr-17-1-b", nowMs: november }, async () => {});
  await assert.rejects(vault.subjectKey(personOf("known"), november), KeysUnavailableError);
});

test("a vault does not open without its service, and says which one", async () => {
  const fake = await startTransit();
  const directory = nextDirectory();
  await open(fake, directory);
  fake.fault = "sealed";
  await assert.rejects(open(fake, directory), /key service `transit` is not available/);
});

test("first uses at once ask the service once; a failure is not kept", async () => {
  const fake = await startTransit();
  const vault = await open(fake, nextDirectory());
  fake.fault = "sealed";
  await assert.rejects(vault.subjectKey(personOf("new"), november), KeysUnavailableError);
  fake.fault = null;
  const asked = fake.requests.length;
  await Promise.all(Array.from({ length: 100 }, () => vault.subjectKey(personOf("new"), november)));
  assert.equal(fake.requests.length - asked, 1);
});

test("memory holds as many keys as it may, those that were asked for last", async () => {
  const fake = await startTransit();
  const vault = await open(fake, nextDirectory(), 2);
  for (const person of ["one", "two", "one", "three"]) await vault.subjectKey(personOf(person), november);
  assert.equal((await vault.health()).cached, 2);
  fake.fault = "down";
  await vault.subjectKey(personOf("one"), november);
  await vault.subjectKey(personOf("three"), november);
  await assert.rejects(vault.subjectKey(personOf("two"), november), KeysUnavailableError);
});

test("a copy of the vault opens nothing in another cell, nor under the same cell's name without its key", async () => {
  const [here, there] = [await startTransit(), await startTransit()];
  const directory = nextDirectory();
  const vault = await open(here, directory);
  await vault.subjectKey(personOf("known"), november);
  const stolen = nextDirectory();
  cpSync(directory, stolen, { recursive: true });
  await assert.rejects(open(there, stolen), KeyRefusedError);
  const service = serviceAt(here);
  await assert.rejects(openTestVault(stolen, { service, cell: "us-virginia" }), KeyRefusedError);
});
