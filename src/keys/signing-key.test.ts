import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { encodeUtf8 } from "../base/index.ts";
import { verifyEd25519 } from "./digest.ts";
import { destroySigningKey, openSigningKey } from "./signing-key.ts";

const directory = mkdtempSync(join(tmpdir(), "bailiwick-keys-"));
after(() => rmSync(directory, { recursive: true }));
const message = encodeUtf8("a checkpoint\n");

test("a new key is made, is readable by its owner alone, and its signatures verify", () => {
  const file = join(directory, "made", "below", "log.pem");
  const key = openSigningKey(file);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(join(directory, "made", "below")), ["log.pem"]);
  assert.ok(verifyEd25519(key.publicKey, message, key.sign(message)));
});

test("a key that is opened again is the same key", () => {
  const file = join(directory, "again.pem");
  const [first, second] = [openSigningKey(file), openSigningKey(file)];
  assert.deepEqual(second.publicKey, first.publicKey);
  assert.deepEqual(second.sign(message), first.sign(message));
});

for (const mode of [0o640, 0o604, 0o620, 0o602]) {
  test(`a key file of mode ${mode.toString(8)} is refused`, () => {
    const file = join(directory, `${mode}.pem`);
    openSigningKey(file);
    chmodSync(file, mode);
    assert.throws(() => openSigningKey(file), new RegExp(`its mode is \`0${mode.toString(8)}\``));
  });
}

const foreign = [
  { title: "an empty file", text: "" },
  { title: "text that is no PEM", text: "s3cret" },
  { title: "an RSA key", text: pem(generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey) },
  { title: "a truncated key", text: pem(generateKeyPairSync("ed25519").privateKey).slice(0, 60) },
];
for (const { title, text } of foreign) {
  test(`${title} is refused without quoting it and is left as it is`, () => {
    const file = join(directory, `${title}.pem`);
    writeFileSync(file, text, { mode: 0o600 });
    assert.throws(() => openSigningKey(file), /holds no Ed25519 private key: expected PKCS #8 in PEM/);
    assert.equal(readFileSync(file, "utf8"), text);
  });
}

function pem(key: ReturnType<typeof generateKeyPairSync>["privateKey"]): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

test("a key that is destroyed is gone under every name that the file had", () => {
  const file = join(directory, "destroyed.pem");
  const { publicKey } = openSigningKey(file);
  const other = join(directory, "second-name.pem");
  linkSync(file, other);
  destroySigningKey(file);
  assert.equal(existsSync(file), false);
  assert.ok(readFileSync(other).every((byte) => byte === 0));
  destroySigningKey(file);
  assert.notDeepEqual(openSigningKey(file).publicKey, publicKey);
});
