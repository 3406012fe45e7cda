import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import * as fc from "fast-check";
import { encodeUtf8, type TenantId } from "../base/index.ts";
import { openVault } from "./vault.ts";

const root = mkdtempSync(join(tmpdir(), "bailiwick-vault-"));
after(() => rmSync(root, { recursive: true }));
const bank = "demo-bank" as TenantId;
const clinic = "demo-clinic" as TenantId;
const november = Date.UTC(2026, 10, 20);
const december = Date.UTC(2026, 11, 1);
const body = encodeUtf8('{"model":"assistant"}');

test("a vault that is opened again finds the same handles and keys", async () => {
  const [first, second] = [openVault(join(root, "again")), openVault(join(root, "again"))];
  assert.equal(second.tenantHandle(bank), first.tenantHandle(bank));
  assert.equal(
    (await second.subjectKey(bank, november)).handle,
    (await first.subjectKey(bank, november)).handle,
  );
  assert.equal(
    (await second.subjectKey(bank, november)).commit("req/v1", body),
    (await first.subjectKey(bank, november)).commit("req/v1", body),
  );
});

test("a commitment is HMAC-SHA256 over label, 0x00 and bytes", async () => {
  const directory = join(root, "formula");
  const vault = openVault(directory);
  const commitment = (await vault.subjectKey(bank, november)).commit("req/v1", body);
  const file = join(directory, "subjects", "2026-11", vault.tenantHandle(bank));
  const key = Buffer.from(readFileSync(file, "utf8").trim().split(" ")[1] ?? "", "hex");
  assert.equal(commitment, createHmac("sha256", key).update("req/v1\0").update(body).digest("hex"));
});

test("tenants, months, cells and labels have commitments and handles of their own", async () => {
  const vault = openVault(join(root, "apart"));
  const elsewhere = openVault(join(root, "elsewhere"));
  const keys = await Promise.all([
    vault.subjectKey(bank, november),
    vault.subjectKey(bank, december),
    vault.subjectKey(clinic, november),
    elsewhere.subjectKey(bank, november),
  ]);
  const commitments = keys.flatMap((key) => [key.commit("req/v1", body), key.commit("res/v1", body)]);
  assert.equal(new Set(keys.map(({ handle }) => handle)).size, keys.length);
  assert.equal(new Set(commitments).size, commitments.length);
  const handles = [vault.tenantHandle(bank), vault.tenantHandle(clinic), elsewhere.tenantHandle(bank)];
  assert.equal(new Set(handles).size, handles.length);
  for (const handle of [...handles, ...keys.map((key) => key.handle)]) assert.match(handle, /^[0-9a-f]{32}$/);
});

test("bytes that arrive in pieces have the commitment of the whole", async () => {
  const key = await openVault(join(root, "pieces")).subjectKey(bank, november);
  fc.assert(
    fc.property(fc.array(fc.uint8Array()), (pieces) => {
      const commitment = key.commitment("res/v1");
      for (const piece of pieces) commitment.update(piece);
      assert.equal(commitment.digest(), key.commit("res/v1", Buffer.concat(pieces)));
    }),
  );
});

test("a label that could pass for another is refused", async () => {
  const key = await openVault(join(root, "label")).subjectKey(bank, november);
  assert.throws(() => key.commit("req/v1\0", body), TypeError);
});

test("no file of the vault holds a tenant's name, also in its path", async () => {
  const directory = join(root, "names");
  await openVault(directory).subjectKey(bank, november);
  const files = readdirSync(directory, { recursive: true, withFileTypes: true });
  assert.equal(files.filter((file) => file.isFile()).length, 2);
  for (const file of files) {
    assert.ok(!file.name.includes(bank));
    if (file.isFile()) assert.ok(!readFileSync(join(file.parentPath, file.name), "utf8").includes(bank));
  }
});

test("every truncation of a stored key is refused, for a new key would orphan the old one's commitments", async () => {
  const directory = join(root, "damaged");
  const vault = openVault(directory);
  await vault.subjectKey(bank, november);
  for (const file of ["handle-key", join("subjects", "2026-11", vault.tenantHandle(bank))]) {
    const path = join(directory, file);
    const text = readFileSync(path, "utf8");
    for (let length = 0; length < text.trimEnd().length; length++) {
      writeFileSync(path, text.slice(0, length));
      await assert.rejects(async () => openVault(directory).subjectKey(bank, november), /is damaged/);
    }
    writeFileSync(path, text);
  }
});

test("a stored key that others may read is refused", async () => {
  const directory = join(root, "exposed");
  const vault = openVault(directory);
  await vault.subjectKey(bank, november);
  chmodSync(join(directory, "subjects", "2026-11", vault.tenantHandle(bank)), 0o644);
  await assert.rejects(async () => openVault(directory).subjectKey(bank, november), /its mode is `0644`/);
});

test("the vault says that its keys are not wrapped", () => {
  assert.match(openVault(join(root, "warning")).warning, /^subject keys lie unwrapped in/);
});
