import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { context, keyServiceContract } from "../../../test/contract/key-service-contract.ts";
import { openFileService } from "./file-service.ts";
import { KeyRefusedError } from "./key-service.ts";

const root = mkdtempSync(join(tmpdir(), "bailiwick-file-service-"));
after(() => rmSync(root, { recursive: true }));
let files = 0;
const nextFile = () => join(root, `${files++}`, "wrapping.key");

keyServiceContract("file", async () => {
  const file = nextFile();
  return {
    service: openFileService(file),
    reopen: async () => openFileService(file),
    elsewhere: async () => openFileService(nextFile()),
  };
});

test("the key file is its owner's alone, also after a rotation", async () => {
  const file = nextFile();
  await openFileService(file).rotate();
  assert.equal(statSync(file).mode & 0o777, 0o600);
  chmodSync(file, 0o640);
  assert.throws(() => openFileService(file), /its mode is `0640`/);
});

test("every truncation of the key file is refused, or misses the versions that it lost", async () => {
  const file = nextFile();
  const service = openFileService(file);
  await service.rotate();
  const wrapped = await service.wrap(randomBytes(32), context);
  const text = readFileSync(file, "utf8");
  for (let length = 0; length < text.length; length++) {
    writeFileSync(file, text.slice(0, length));
    const isWholeLine = length > 0 && text[length - 1] === "\n";
    if (isWholeLine) await assert.rejects(openFileService(file).unwrap(wrapped, context), KeyRefusedError);
    else assert.throws(() => openFileService(file), /is damaged/);
  }
});

test("it says that it is no place for real subjects' keys", () => {
  assert.match(openFileService(nextFile()).warning ?? "", /^subject keys are wrapped under/);
});
