import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { formatFinding, parsePolicy } from "./index.ts";

const root = join(import.meta.dirname, "../..");

test("the policy that docs/law/signals.md shows is read as it says", () => {
  const page = readFileSync(join(root, "docs/law/signals.md"), "utf8");
  const shown = /```yaml\n(.*?)```/s.exec(page)?.[1] ?? "";
  const policy = parsePolicy({
    file: "signals.md",
    text: `
bailiwick: 1
deployment: acme.example
law: { packs: [eu-gdpr] }
operators: { rhein: { home: DE } }
cells: { fra: { place: DE, url: http://127.0.0.1:7401, operator: rhein } }
endpoints: { fra-1: { cell: fra, engine: sim, url: http://127.0.0.1:7421, operator: rhein, place: DE } }
models: { assistant: { served-by: { fra-1: llama } } }
${shown}`,
    readPack: (id) => ({ file: id, text: readFileSync(join(root, `packs/${id}.yaml`), "utf8") }),
    sha256: (bytes) => createHash("sha256").update(bytes).digest(),
  });
  assert.ok(policy.ok, policy.ok ? "" : policy.error.map(formatFinding).join("\n"));
  const { tenants, hostnames } = policy.value;
  const [group] = tenants.values();
  assert.deepEqual(Array.from(hostnames), [
    ["eu.llm.acme.example", ["DE"]],
    ["gulf.llm.acme.example", ["AE"]],
  ]);
  assert.deepEqual(Array.from(group?.maySelect ?? []), ["jwt-claim"]);
  assert.deepEqual(
    group?.tokens?.keys.map(({ kid, algorithm }) => [kid, algorithm]),
    [["2026-11", "EdDSA"]],
  );
  assert.deepEqual(group?.tokens?.claims, {
    place: "https://group.example/country",
    citizenship: null,
    class: "data_class",
  });
});
