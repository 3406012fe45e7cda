// The main job on a real engine: the official client, a gateway, and llama.cpp on a model file that the test makes.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import OpenAI from "openai";
import { cellUrl, type Demo, eventually, ledgerDirectory, startDemo } from "./support/demo.ts";
import { tinyGguf } from "./support/tiny-gguf.ts";
import { command } from "./support/command.ts";

// npm writes this file last.
const isInstalled = existsSync(
  new URL("../optional/llamacpp/node_modules/.package-lock.json", import.meta.url),
);
const skip = !isInstalled && "optional/llamacpp is not installed: run `npm run install:llamacpp`";
const messages = [{ role: "user" as const, content: "hello" }];

describe("a cell with an engine that runs llama.cpp", { skip }, () => {
  let demo: Demo;
  let client: OpenAI;
  before(async () => {
    const file = join(mkdtempSync(join(tmpdir(), "bailiwick-gguf-")), "tiny.gguf");
    writeFileSync(file, tinyGguf({ seed: 7 }));
    demo = await startDemo({ args: ["--gguf", file] });
    client = new OpenAI({
      baseURL: `${cellUrl(demo, "eu-frankfurt")}/v1`,
      apiKey: demo.contract.keys["demo-bank"] ?? "",
      maxRetries: 0,
    });
  });
  after(async () => {
    assert.equal(await demo.stop(), 0);
    const verified = await command("ledger", "verify", ledgerDirectory(demo, "eu-frankfurt"), "--json");
    assert.equal(verified.code, 0, verified.stdout + verified.stderr);
  });

  test("completes real inference and says in headers where it ran", async () => {
    const { data, response } = await client.chat.completions
      .create({ model: "local", messages, max_tokens: 16 })
      .withResponse();
    assert.equal(data.object, "chat.completion");
    assert.ok((data.usage?.completion_tokens ?? 0) > 0);
    assert.equal(response.headers.get("bailiwick-endpoint"), "fra-llama");
    assert.equal(response.headers.get("bailiwick-region"), "DE");
  });

  test("gives the same answer for the same seed at temperature 0, streamed and whole", async () => {
    const asked = { model: "local", messages, max_tokens: 16, temperature: 0, seed: 1 };
    const whole = await client.chat.completions.create(asked);
    let streamed = "";
    for await (const chunk of await client.chat.completions.create({ ...asked, stream: true })) {
      streamed += chunk.choices[0]?.delta.content ?? "";
    }
    assert.equal(streamed, whole.choices[0]?.message.content);
  });

  test("a caller who leaves in the middle is recorded as such, and the engine is free for the next", async () => {
    const stream = await client.chat.completions.create({
      model: "local",
      messages,
      max_tokens: 1500,
      stream: true,
    });
    for await (const chunk of stream) if (chunk.choices.length > 0) break;
    const next = await client.chat.completions.create({ model: "local", messages, max_tokens: 4 });
    assert.ok(next.choices[0]);
    const directory = ledgerDirectory(demo, "eu-frankfurt");
    await eventually(async () =>
      (await command("ledger", "show", directory, "--json")).stdout.includes('"result":"aborted"'),
    );
  });
});
