import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { context } from "../../test/contract/key-service-contract.ts";
import { FakeTransit } from "../../test/support/fake-transit.ts";
import { parseCellFile } from "../config/index.ts";
import type { KeyService } from "../keys/index.ts";
import { openKeyService } from "./key-service.ts";
import { UnusableInputError } from "../disk/unusable-input.ts";

const folder = mkdtempSync(join(tmpdir(), "bailiwick-key-service-"));
const file = join(folder, "cell.yaml");
after(() => rmSync(folder, { recursive: true }));

async function open(keys: string): Promise<KeyService> {
  const parsed = parseCellFile({ file, text: `bailiwick-cell: 1\n${keys}\n` });
  assert.ok(parsed.ok);
  return openKeyService({ cellFile: parsed.value, file, stateDirectory: join(folder, "state") });
}

test("without `keys` the service is a file in the state, and warns", async () => {
  const service = await open("");
  assert.equal(service.name, "file");
  assert.match(service.warning ?? "", /state\/keys\/wrapping\.key/);
});

test("a token in a file beside the cell file is read for each call", async (t) => {
  const fake = await FakeTransit.start({ token: "s.second" });
  t.after(() => fake.stop());
  writeFileSync(join(folder, "token"), "s.first\n");
  const service = await open(
    `keys: { service: transit, address: "${fake.address}", key: cell, token: "\${file:token}" }`,
  );
  t.after(() => service.close());
  await assert.rejects(service.describe(), /403/);
  writeFileSync(join(folder, "token"), "s.second\n");
  await service.unwrap(await service.wrap(Buffer.from("secret"), context), context);
});

test("a secret that is missing is an error at the start that names field and place", async () => {
  const missing =
    "keys: { service: transit, address: https://bao, key: cell, token: '${env:NO_SUCH_TOKEN}' }";
  await assert.rejects(open(missing), (error: unknown) => {
    assert.ok(error instanceof UnusableInputError);
    assert.match(error.message, /`keys\.token`: environment variable `NO_SUCH_TOKEN` is not set/);
    return true;
  });
});
