// An answer that was given again, as an operator or an auditor finds it: in the log, by its request, in the index.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { askChat } from "../../../../test/support/ask.ts";
import { cacheOf, cachingPolicy, solo, startCachingCell } from "../../../../test/support/caching-cell.ts";
import { command } from "../../../../test/support/command.ts";
import { formatTrustPolicy } from "../../../ledger/index.ts";

const scratch = mkdtempSync(join(tmpdir(), "bailiwick-cached-"));
after(() => rmSync(scratch, { recursive: true, force: true }));
const ledger = join(scratch, "state/ledger");
const policy = join(scratch, "policy.yaml");
const trust = join(scratch, "believed.policy");
writeFileSync(policy, cachingPolicy);
let origin = "";
let request = "";

test("a cell gives an answer again", async (t) => {
  const cell = await startCachingCell(t, { directory: join(scratch, "state") });
  const answers = [await askChat(cell, solo), await askChat(cell, solo)];
  assert.deepEqual(answers.map(cacheOf), ["miss", "hit"]);
  origin = cell.ledger.origin;
  request = answers[1]?.headers.get("bailiwick-request-id") ?? "";
  const { verifierKey } = cell.ledger;
  const believed = { logs: [verifierKey], witnesses: [], quorum: { kind: "none" }, urls: new Map() } as const;
  writeFileSync(trust, formatTrustPolicy(believed));
});

test("`ledger show` names whose answer it was", async () => {
  const { code, stdout } = await command("ledger", "show", ledger);
  assert.equal(code, 0, stdout);
  const outcomes = stdout.split("\n").filter((line) => / outcome /.test(line));
  assert.equal(outcomes.length, 2, stdout);
  assert.doesNotMatch(outcomes[0] ?? "", /cache/);
  assert.ok(
    outcomes[1]?.includes(`${request}  complete  from the cache, of fra-1  ${origin}#3`),
    outcomes[1],
  );
});

test("`explain --request` tells that it went to nobody, and who had computed it, when, and what that showed", async () => {
  const believing = ["--ledger", ledger, "--trust", trust, "--tenant", "demo-bank"];
  const { code, stdout, stderr } = await command("explain", policy, "--request", request, ...believing);
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /^permitted, and answered from the cache, where fra-1 computed it: complete\n/);
  assert.match(stdout, /^ {4}it was sent to nobody$/m);
  const told = stdout.replaceAll(/\s+/g, " ");
  assert.match(
    told,
    / the answer that fra-1 had given \d{4}-\S+ was given again, with evidence E3 by x-sim-place of DE: /,
  );
  assert.ok(told.includes(`: ${origin}#3 `), told);
});

test("the index finds it by where it was computed and shown to be, and not by anybody who was sent it", async () => {
  for (const flags of [
    ["--computed-in", "DE"],
    ["--evidenced-in", "DE"],
  ] as const) {
    const found = await queried(...flags);
    assert.ok(found.length === 2 && found.includes(request), flags.join(" "));
  }
  const sent = await queried("--endpoint", "fra-1");
  assert.ok(sent.length === 1 && !sent.includes(request));
});

async function queried(...flags: readonly string[]): Promise<readonly string[]> {
  const all = ["--json", "--kind", "decision", ...flags];
  const { code, stdout, stderr } = await command("ledger", "query", ledger, ...all);
  assert.equal(code, 0, stdout + stderr);
  const { records } = JSON.parse(stdout) as { readonly records: readonly { readonly requestId: string }[] };
  return records.map(({ requestId }) => requestId);
}
