// The official clients for Python against a cell, with nothing changed but the base URL.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { judge } from "../support/client-verdicts.ts";
import { pythonClients, pythonEnvironment, pythonPackagesMissing } from "../support/python-packages.ts";
import { startStoringCell } from "../support/storing-cell.ts";
import { keyOf } from "../support/test-cell.ts";

const skip = pythonPackagesMissing(pythonClients);

interface Verdict {
  readonly client: string;
  readonly method: string;
  readonly error: string | null;
}

for (const { client, program, methods } of [
  { client: "OpenAI's", program: "openai_methods.py", methods: 38 },
  { client: "Anthropic's", program: "anthropic_methods.py", methods: 12 },
]) {
  test(`${client} client for Python runs every method`, { skip }, async (t) => {
    const cell = await startStoringCell(t);
    const verdicts = await run(program, cell.gateway.url);
    for (const { client: name, method, error } of verdicts)
      await judge(t, { client: `${name} (Python)`, method }, () => {
        assert.equal(error, null);
        return Promise.resolve();
      });
    assert.equal(verdicts.length, methods);
  });
}

async function run(program: string, url: string): Promise<readonly Verdict[]> {
  const path = fileURLToPath(new URL(`python/${program}`, import.meta.url));
  const { stdout } = await promisify(execFile)("python3", ["-B", path, url], {
    env: { ...pythonEnvironment(pythonClients), CELL_KEY: keyOf("demo-bank") },
    timeout: 120_000,
  });
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Verdict);
}
