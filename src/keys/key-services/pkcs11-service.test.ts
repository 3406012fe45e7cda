import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { context, keyServiceContract } from "../../../test/contract/key-service-contract.ts";
import {
  makeSoftTokens,
  makeTokenKeys,
  pin,
  softTokenModule,
  softTokensAbsent,
} from "../../../test/support/soft-token.ts";
import { KeyRefusedError, type KeyService, KeysUnavailableError } from "./key-service.ts";
import { openPkcs11Service, type Pkcs11Options } from "./pkcs11-service.ts";

const tokens = softTokensAbsent === undefined ? makeSoftTokens(["cell", "elsewhere", "locked"]) : null;
if (tokens) {
  makeTokenKeys([
    { token: "cell", label: "wrapping", id: "01" },
    { token: "cell", label: "many", id: "ff" },
    { token: "cell", label: "loose", id: "01", isExtractable: true },
    { token: "cell", label: "twice", id: "01" },
    { token: "cell", label: "twice", id: "01" },
    { token: "elsewhere", label: "wrapping", id: "01" },
  ]);
}
const opened: KeyService[] = [];
after(async () => {
  for (const service of opened) await service.close();
  tokens?.remove();
});

async function open(options: Partial<Pkcs11Options> = {}): Promise<KeyService> {
  const service = await openPkcs11Service({
    module: softTokenModule,
    token: "cell",
    key: "wrapping",
    pin: () => pin,
    ...options,
  });
  opened.push(service);
  return service;
}

keyServiceContract(
  "pkcs11",
  async () => ({
    service: await open(),
    reopen: open,
    elsewhere: () => open({ token: "elsewhere" }),
  }),
  { absent: softTokensAbsent },
);

const skip = softTokensAbsent ?? false;

test("versions are counted in hex, as the ids of the token's keys", { skip }, async () => {
  const service = await open({ key: "many" });
  assert.deepEqual(await service.describe(), { key: "cell/many", version: "ff" });
  assert.deepEqual(await service.rotate(), { key: "cell/many", version: "0100" });
});

test("another service sees a version that was made beside it when it needs it", { skip }, async () => {
  const [one, other] = [await open(), await open()];
  await other.describe();
  await one.rotate();
  const wrapped = await one.wrap(randomBytes(32), context);
  await other.unwrap(wrapped, context);
});

test("a key that may leave the token is refused, and one that is there twice", { skip }, async () => {
  await assert.rejects((await open({ key: "loose" })).describe(), /may leave the token.*CKA_EXTRACTABLE/);
  await assert.rejects((await open({ key: "twice" })).describe(), /two versions with the id `01`/);
  await assert.rejects((await open({ key: "absent" })).describe(), /is not in the token; docs\/keys\.md/);
});

test("a token that is not there, or is taken out, is an outage and comes back", { skip }, async () => {
  await assert.rejects((await open({ token: "absent" })).describe(), (error: unknown) => {
    assert.ok(error instanceof KeysUnavailableError);
    assert.match(error.message, /no slot holds a token labelled `absent`/);
    return true;
  });
  const service = await open();
  const wrapped = await service.wrap(randomBytes(32), context);
  const directory = join(tokens?.directory ?? "", "tokens");
  renameSync(directory, `${directory}-out`);
  await assert.rejects(service.unwrap(wrapped, context), KeysUnavailableError);
  await assert.rejects(service.rotate(), KeysUnavailableError);
  renameSync(`${directory}-out`, directory);
  await service.unwrap(wrapped, context);
});

test("a wrong PIN is tried once, for a token locks itself after a few", { skip }, async () => {
  let asked = 0;
  const service = await open({ token: "locked", pin: () => (asked++, "0000") });
  await assert.rejects(service.describe(), /CKR_PIN_INCORRECT/);
  await assert.rejects(service.describe(), /its PIN was refused, and is not tried again/);
  assert.equal(asked, 1);
});

test("a module or PIN that cannot be read is named, and no PIN is", { skip }, async () => {
  await assert.rejects(open({ module: "/nonexistent/module.so" }), (error: unknown) => {
    assert.ok(error instanceof KeyRefusedError);
    assert.match(error.message, /module `\/nonexistent\/module\.so` cannot be loaded/);
    return true;
  });
  const unreadable = await open({ token: "locked", pin: () => readFileSync("/nonexistent/pin", "utf8") });
  await assert.rejects(unreadable.describe(), /its PIN cannot be read \(ENOENT\)/);
});
