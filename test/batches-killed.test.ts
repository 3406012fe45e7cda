// A process that is killed in the middle of a batch, and the one that comes after it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import OpenAI from "openai";
import { prepareDemoCells } from "./support/demo-cells.ts";
import { startServedProcess } from "./support/served-process.ts";
import { chatLines, resultsIn, submit, whenBatch, whenOver } from "./support/storing-cell.ts";

test("a batch outlives a kill: each line has one result, what was run twice says so, and no more is said to be than was begun", async (t) => {
  const demo = await prepareDemoCells(t);
  const policyFile = join(demo.directory, "policy.yaml");
  const policy = readFileSync(policyFile, "utf8");
  writeFileSync(policyFile, policy.replace(/^( {2}demo-bank:\s*(?:\{|\n))/m, withFiles));
  const config = join(demo.directory, "eu-frankfurt.yaml");
  const first = await startServedProcess(config);
  t.after(() => first.child.kill("SIGKILL"));
  const lines = chatLines(300);
  const { id } = await submit(clientAt(first.cell.url, demo.keys), lines);
  await whenBatch(
    clientAt(first.cell.url, demo.keys),
    id,
    ({ request_counts: counts }) => (counts?.completed ?? 0) > 0,
  );
  first.child.kill("SIGKILL");
  await once(first.child, "exit");
  const second = await startServedProcess(config);
  t.after(() => second.child.kill("SIGKILL"));
  const client = clientAt(second.cell.url, demo.keys);
  const batch = await whenOver(client, id, 60_000);
  assert.deepEqual(
    [batch.status, batch.request_counts],
    ["completed", { total: 300, completed: 300, failed: 0 }],
  );
  const output = await resultsIn(client, batch.output_file_id);
  assert.equal(output.length, 300);
  assert.equal(new Set(output.map((line) => line.custom_id)).size, 300);
  const repeated = output.filter((line) => line.repeated === true).length;
  assert.ok(repeated > 0 && repeated <= 256 + 4, `${repeated}`);
  second.child.kill("SIGTERM");
  assert.deepEqual(await second.ended, [0, null]);
});

function withFiles(start: string): string {
  return start.endsWith("{") ? `${start} files: { batches: {} },` : `${start}    files: { batches: {} }\n`;
}

function clientAt(url: string, keys: Readonly<Record<string, string>>): OpenAI {
  return new OpenAI({ apiKey: keys["demo-bank"] ?? "", baseURL: `${url}/v1`, maxRetries: 0 });
}
