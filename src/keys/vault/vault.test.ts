import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import * as fc from "fast-check";
import { openTestVault } from "../../../test/support/open-test-vault.ts";
import { encodeUtf8, type TenantId, settled } from "../../base/index.ts";
import { formatDisclosedKey, openDisclosedKey, parseDisclosedKey } from "./disclosed-key.ts";
import { UnknownHandleError } from "./vault.ts";

const root = mkdtempSync(join(tmpdir(), "bailiwick-vault-"));
after(() => rmSync(root, { recursive: true }));
const bank = { tenant: "demo-bank" as TenantId, person: null };
const clinic = { tenant: "demo-clinic" as TenantId, person: null };
const patient = { tenant: "demo-clinic" as TenantId, person: "patient 4711" };
const november = settled(Date.UTC(2026, 10, 20));
const december = Date.UTC(2026, 11, 1);
const body = encodeUtf8('{"model":"assistant"}');

test("a vault that is opened again finds the same handles and keys", async () => {
  const [first, second] = [
    await openTestVault(join(root, "again")),
    await openTestVault(join(root, "again")),
  ];
  assert.equal(second.tenantHandle(bank.tenant), first.tenantHandle(bank.tenant));
  for (const subject of [bank, patient]) {
    const [one, other] = [
      await first.subjectKey(subject, november),
      await second.subjectKey(subject, november),
    ];
    assert.equal(other.handle, one.handle);
    assert.equal(other.commit("req/v1", body), one.commit("req/v1", body));
    assert.deepEqual(other.deriveKey("records/v1"), one.deriveKey("records/v1"));
    assert.equal((await second.keyOf(one.handle)).commit("req/v1", body), one.commit("req/v1", body));
  }
});

test("a commitment is HMAC-SHA256 over label, 0x00 and bytes, under the key that is disclosed", async () => {
  const vault = await openTestVault(join(root, "formula"));
  const key = await vault.subjectKey(patient, november);
  const disclosed = await vault.disclose(key.handle);
  const expected = createHmac("sha256", disclosed.key).update("req/v1\0").update(body).digest("hex");
  assert.equal(key.commit("req/v1", body), expected);
  assert.equal(openDisclosedKey(disclosed).commit("req/v1", body), expected);
});

test("a disclosed key survives its file, and every truncation of that file is refused", async () => {
  const vault = await openTestVault(join(root, "disclosed"));
  const disclosed = await vault.disclose((await vault.subjectKey(patient, november)).handle);
  const text = formatDisclosedKey(disclosed);
  assert.deepEqual(parseDisclosedKey(text), { ok: true, value: disclosed });
  for (let length = 0; length < text.trimEnd().length; length++) {
    assert.equal(parseDisclosedKey(text.slice(0, length)).ok, false);
  }
});

test("what is disclosed does not give the key of contents", async () => {
  const vault = await openTestVault(join(root, "purposes"));
  const key = await vault.subjectKey(patient, november);
  const { key: disclosed } = await vault.disclose(key.handle);
  assert.notDeepEqual(key.deriveKey("records/v1"), disclosed);
  assert.notDeepEqual(key.deriveKey("records/v1"), key.deriveKey("records/v2"));
  assert.equal(key.deriveKey("records/v1").length, 32);
  assert.throws(() => key.deriveKey("commitments/v1"), TypeError);
});

test("tenants, persons, months, cells and labels have commitments and handles of their own", async () => {
  const vault = await openTestVault(join(root, "apart"));
  const elsewhere = await openTestVault(join(root, "elsewhere"));
  const keys = await Promise.all([
    vault.subjectKey(bank, november),
    vault.subjectKey(bank, december),
    vault.subjectKey(clinic, november),
    vault.subjectKey(patient, november),
    vault.subjectKey({ ...patient, tenant: bank.tenant }, november),
    elsewhere.subjectKey(bank, november),
  ]);
  const commitments = keys.flatMap((key) => [key.commit("req/v1", body), key.commit("res/v1", body)]);
  assert.equal(new Set(keys.map(({ handle }) => handle)).size, keys.length);
  assert.equal(new Set(commitments).size, commitments.length);
  const handles = [bank, clinic].map(({ tenant }) => vault.tenantHandle(tenant));
  const named = [...handles, elsewhere.tenantHandle(bank.tenant), ...keys.map(({ handle }) => handle)];
  assert.equal(new Set(named).size, named.length);
  for (const handle of named) assert.match(handle, /^[0-9a-f]{32}$/);
});

test("the handles of a subject are found by month, oldest first, and another subject's are not", async () => {
  const vault = await openTestVault(join(root, "handles"));
  const later = { month: "2026-12", handle: (await vault.subjectKey(patient, december)).handle };
  const sooner = { month: "2026-11", handle: (await vault.subjectKey(patient, november)).handle };
  await vault.subjectKey(clinic, november);
  assert.deepEqual(await vault.handlesOf(patient), [sooner, later]);
  assert.deepEqual(await vault.handlesOf(patient, ["2026-10", "2026-12"]), [later]);
  assert.deepEqual(await vault.handlesOf({ ...patient, person: "patient 4712" }), []);
});

test("first uses at once, also by two who have the vault open, get one key", async () => {
  const directory = join(root, "at-once");
  const vaults = [await openTestVault(directory), await openTestVault(directory)];
  const keys = await Promise.all(
    vaults.flatMap((vault) => Array.from({ length: 20 }, () => vault.subjectKey(patient, november))),
  );
  assert.equal(new Set(keys.map(({ handle }) => handle)).size, 1);
  assert.equal(new Set(keys.map((key) => key.commit("req/v1", body))).size, 1);
  assert.equal(readdirSync(join(directory, "vault", "keys", "2026-11")).length, 1);
  assert.equal(new Set(vaults.map((vault) => vault.tenantHandle(bank.tenant))).size, 1);
});

test("bytes that arrive in pieces have the commitment of the whole", async () => {
  const key = await (await openTestVault(join(root, "pieces"))).subjectKey(bank, november);
  fc.assert(
    fc.property(fc.array(fc.uint8Array()), (pieces) => {
      const commitment = key.commitment("res/v1");
      for (const piece of pieces) commitment.update(piece);
      assert.equal(commitment.digest(), key.commit("res/v1", Buffer.concat(pieces)));
    }),
  );
});

test("a label that could pass for another is refused", async () => {
  const key = await (await openTestVault(join(root, "label"))).subjectKey(bank, november);
  assert.throws(() => key.commit("req/v1\0", body), TypeError);
});

test("no file of the vault holds a name or a key in the clear, also in its path, and all are their owner's alone", async () => {
  const directory = join(root, "names");
  const vault = await openTestVault(directory);
  const { handle } = await vault.subjectKey(patient, november);
  await vault.placeHold({ handle, reason: "litigation", untilMs: null });
  const { key } = await vault.disclose(handle);
  const found = readdirSync(join(directory, "vault"), { recursive: true, withFileTypes: true });
  assert.equal(found.filter((file) => file.isFile()).length, 4);
  for (const file of found) {
    const path = join(file.parentPath, file.name);
    assert.equal(statSync(path).mode & 0o077, 0, path);
    const bytes = file.isFile() ? readFileSync(path) : Buffer.alloc(0);
    for (const secret of [patient.tenant, patient.person, "4711", Buffer.from(key).toString("hex"), key]) {
      assert.ok(!file.name.includes(String(secret)), path);
      assert.equal(bytes.indexOf(secret), -1, path);
    }
  }
});

test("every truncation and every flipped bit of a stored file is refused, for a new key would orphan the old one's commitments", async () => {
  const directory = join(root, "damaged");
  const { handle } = await (await openTestVault(directory)).subjectKey(bank, november);
  const [name = ""] = readdirSync(join(directory, "vault", "names", "2026-11"));
  const stored = ["handle-key", join("names", "2026-11", name), join("keys", "2026-11", handle)];
  // Keeps nothing in memory, so that each time the file is read.
  const reading = openTestVault(directory, { cachedKeys: 0 });
  await reading;
  for (const file of stored) {
    const path = join(directory, "vault", file);
    const bytes = readFileSync(path);
    for (const damaged of damagesOf(bytes)) {
      writeFileSync(path, damaged);
      const opening = file === "handle-key" ? openTestVault(directory) : reading;
      await assert.rejects(
        opening.then((vault) => vault.subjectKey(bank, november)),
        /is damaged|refused|is missing/,
        `${file}: ${damaged.toString("latin1")}`,
      );
    }
    writeFileSync(path, bytes);
  }
  assert.equal((await (await openTestVault(directory)).subjectKey(bank, november)).handle, handle);
});

test("a key that is put in another's place is refused", async () => {
  const directory = join(root, "moved");
  const vault = await openTestVault(directory);
  const [mine, yours] = [await vault.subjectKey(bank, november), await vault.subjectKey(clinic, november)];
  const path = (handle: string) => join(directory, "vault", "keys", "2026-11", handle);
  writeFileSync(path(mine.handle), readFileSync(path(yours.handle)));
  await assert.rejects(vault.keyOf(mine.handle), /is damaged/);
  const forged = readFileSync(path(yours.handle), "utf8").replaceAll(yours.handle, mine.handle);
  writeFileSync(path(mine.handle), forged);
  await assert.rejects(vault.keyOf(mine.handle), /refused/);
});

test("a handle that nobody has, or that is no handle, is unknown", async () => {
  const vault = await openTestVault(join(root, "unknown"));
  for (const handle of ["0".repeat(32), "..", "", "../handle-key", "A".repeat(32)]) {
    await assert.rejects(vault.disclose(handle), UnknownHandleError);
    await assert.rejects(
      vault.placeHold({ handle, reason: "litigation", untilMs: null }),
      UnknownHandleError,
    );
    await assert.rejects(
      vault.erase({ handle, ground: "request", nowMs: november }, async () => {}),
      UnknownHandleError,
    );
  }
});

test("a wrapping key that others may read is refused", async () => {
  const directory = join(root, "exposed");
  await openTestVault(directory);
  chmodSync(join(directory, "keys", "wrapping.key"), 0o644);
  await assert.rejects(openTestVault(directory), /its mode is `0644`/);
});

function damagesOf(bytes: Buffer): readonly Buffer[] {
  const cut = Array.from(bytes, (_, length) => bytes.subarray(0, length));
  const flipped = Array.from(bytes, (_, at) => {
    const copy = Buffer.from(bytes);
    copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8));
    return copy;
  });
  return [...cut, ...flipped];
}
