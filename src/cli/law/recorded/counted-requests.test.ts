// A request that was refused because so many had been sent abroad before it, explained from the ledger.
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { askChat } from "../../../../test/support/ask.ts";
import { command } from "../../../../test/support/command.ts";
import { sellerPolicy } from "../../../../test/support/seller-policy.ts";
import { startTestCell } from "../../../../test/support/test-cell.ts";
import { formatTrustPolicy } from "../../../ledger/index.ts";

test("a request over a threshold, and one before it, are derived again with what the cell must have counted", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-counted-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const text = sellerPolicy(99_998);
  const cell = await startTestCell(t, { policy: text, cell: "cn", directory });
  const asked = ["abroad", "abroad"].map(() => askChat(cell, { tenant: "seller", model: "abroad" }));
  const answers = await Promise.all(asked);
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200, 451]));
  await cell.gateway.drain();
  await cell.ledger.close();
  const [policy, trust] = ["policy.yaml", "believed.policy"].map((name) => join(directory, name)) as [
    string,
    string,
  ];
  writeFileSync(policy, text);
  const believed = {
    logs: [cell.ledger.verifierKey],
    witnesses: [],
    quorum: { kind: "none" },
    urls: new Map(),
  } as const;
  writeFileSync(trust, formatTrustPolicy(believed));
  for (const { status, headers } of answers) {
    const evidence = ["--ledger", cell.ledger.directory, "--trust", trust, "--tenant", "seller"];
    const id = headers.get("x-request-id") ?? "";
    const { code, stdout } = await command("explain", policy, "--request", id, ...evidence);
    assert.equal(code, 0, stdout);
    const counted = status === 451 ? "so many people that it matters" : "too few people to matter";
    assert.ok(stdout.includes(`this cell had sent ${counted} abroad by then`), stdout);
  }
});
