import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { tinyGguf } from "../../../test/support/tiny-gguf.ts";
import { encodeUtf8 } from "../../base/index.ts";
import { findBackend, MissingPartError } from "./library.ts";
import { ModelFileError } from "./model.ts";
import { loadTriedModel } from "./trial.ts";

const start = backendIfInstalled();
const skip = start === null && "optional/llamacpp is not installed: run `npm run install:llamacpp`";

const directory = mkdtempSync(join(tmpdir(), "bailiwick-trial-"));
after(() => rmSync(directory, { recursive: true }));

const model = Buffer.from(tinyGguf({ seed: 6 }));

test("a sound model is loaded", { skip }, async () => {
  const loaded = await load(model);
  assert.ok(loaded.contextTokens > 0);
  await loaded.close();
});

const damaged: readonly { title: string; bytes: Uint8Array }[] = [
  { title: "a file that is no GGUF", bytes: encodeUtf8("GGML, once upon a time".repeat(100)) },
  { title: "a model that ends in its metadata", bytes: model.subarray(0, 900) },
  { title: "a model that ends in its weights", bytes: model.subarray(0, model.length / 2) },
  // llama.cpp: GGML_ASSERT(id_to_token.size() == token_to_id.size())
  {
    title: "a model with a token that comes twice, at which llama.cpp aborts",
    bytes: replaced("<0x41>", "<0x42>"),
  },
  // node-llama-cpp asks Node for more bytes than one read can give, and Node aborts.
  { title: "a model with a name of 2^56 bytes, at which Node aborts", bytes: model.with(24 + 7, 1) },
];
for (const { title, bytes } of damaged) {
  test(`${title} is a typed error, and this process lives`, { skip }, async () => {
    await assert.rejects(load(bytes), ModelFileError);
  });
}

test("a model that is not there is a typed error", { skip }, async () => {
  assert.ok(start);
  await assert.rejects(loadTriedModel(start, join(directory, "absent.gguf")), ModelFileError);
});

function load(bytes: Uint8Array): ReturnType<typeof loadTriedModel> {
  assert.ok(start);
  const file = join(directory, "model.gguf");
  writeFileSync(file, bytes);
  return loadTriedModel(start, file);
}

function replaced(word: string, by: string): Uint8Array {
  const bytes = Buffer.from(model);
  bytes.write(by, bytes.indexOf(word));
  return bytes;
}

function backendIfInstalled(): ReturnType<typeof findBackend> | null {
  try {
    return findBackend();
  } catch (error) {
    assert.ok(error instanceof MissingPartError);
    return null;
  }
}
