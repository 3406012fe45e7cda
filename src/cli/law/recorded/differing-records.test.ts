// Records that no cell of this release writes: what another program may have decided, and a request that was decided twice.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { EndpointId } from "../../../base/index.ts";
import { command, type CommandResult } from "../../../../test/support/command.ts";
import { signerFrom } from "../../../../test/support/ledger-crypto.ts";
import {
  allowedEndpoint,
  decisionEntry,
  openedEntry,
  outcomeEntry,
  refusalEntry,
  requestId,
} from "../../../../test/support/ledger-entries.ts";
import { buildLog } from "../../../../test/support/ledger-log.ts";
import { buildMonth, headOf, signerOf } from "../../../../test/support/ledger-months.ts";
import { writeLog } from "../../../../test/support/log-files.ts";
import { readTestPolicy, testPolicy } from "../../../../test/support/test-cell.ts";
import {
  type DecisionEntry,
  formatTrustPolicy,
  type NoteKey,
  type WrittenEntry,
} from "../../../ledger/index.ts";

const scratch = mkdtempSync(join(tmpdir(), "bailiwick-differing-"));
after(() => rmSync(scratch, { recursive: true, force: true }));
const policyFile = join(scratch, "policy.yaml");
writeFileSync(policyFile, testPolicy);
const policy = readTestPolicy(testPolicy).law.hash;
const rid = requestId(7);
const outcome = outcomeEntry(2, 1, rid);

/** As the present law decides it, but for what a test changes. */
const lawful: DecisionEntry = {
  ...decisionEntry(1, rid),
  policy,
  allowed: ["fra-1", "fra-2", "fra-3"].map((endpoint) => ({
    ...allowedEndpoint(endpoint),
    grounds: [{ regime: "eu-gdpr" as DecisionEntry["regimes"][number], instrument: null, documents: {} }],
  })),
  allowedCount: 3,
  blocked: ["ae-dubai", "us-virginia", "dxb-1", "iad-1"].flatMap((target) =>
    ["eu-gdpr", "requires:residency:EEA"].map((rule) => ({ target: target as EndpointId, rule })),
  ),
  blockedCount: 8,
  obligations: obligationsOf("eu-gdpr"),
};

test("what was recorded as the law has it is the same, with the packs at hand where the log keeps none", async () => {
  const { code, stdout } = await explained("same", [lawful, outcome]);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^derived again to the same verdict/m);
});

for (const { title, decision, says } of [
  {
    title: "an endpoint that the law does not allow",
    decision: { ...lawful, allowed: [...lawful.allowed, allowedEndpoint("iad-1")], allowedCount: 4 },
    says: /^ {4}endpoint iad-1 was allowed, and is not$/m,
  },
  {
    title: "an endpoint less than the law allows",
    decision: { ...lawful, allowed: lawful.allowed.slice(1), allowedCount: 2 },
    says: /^ {4}endpoint fra-1 was not allowed, and is$/m,
  },
  {
    title: "a rule that did not block",
    decision: { ...lawful, blocked: lawful.blocked.slice(1), blockedCount: 7 },
    says: /^ {4}rule eu-gdpr on ae-dubai blocks, and was not recorded$/m,
  },
  {
    title: "a refusal of what is lawful",
    decision: {
      ...refusalEntry(1),
      rid,
      policy,
      model: "assistant",
      classes: lawful.classes,
      places: lawful.places,
    },
    says: /^ {4}recorded was policy_\w+, and it comes to permit$/m,
  },
] satisfies readonly { title: string; decision: DecisionEntry; says: RegExp }[]) {
  test(`${title} is told as a difference, with what may explain it, and ends with 1`, async () => {
    const entries = decision.verdict === "permit" ? [decision, outcome] : [decision];
    const { code, stdout } = await explained(title, entries);
    assert.equal(code, 1, stdout);
    assert.match(stdout, /^derived again to ANOTHER VERDICT than the recorded one$/m);
    assert.match(stdout, says);
    assert.match(stdout, /^ {4}bailiwick\/0\.0\.9 decided, and this is bailiwick\//m);
  });
}

test("what was cut to fit into an entry is no difference", async () => {
  const cut = { ...lawful, allowed: lawful.allowed.slice(0, 2), blocked: lawful.blocked.slice(0, 2) };
  const { code, stdout } = await explained("cut", [cut, outcome]);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /and 1 more, which the entry did not hold and so were not used/);
  assert.match(stdout, /and 6 more blocks/);
});

test("a request that was decided in two months is told from both logs, each decision with its own outcome", async () => {
  const place = join(scratch, "months");
  const next = signerOf("2026-12");
  const redecided = {
    ...outcome,
    result: "redecided",
    decision: 3,
    attempts: [],
    answeredBy: null,
    status: null,
    res: null,
  } as const;
  const first = buildMonth({ month: "2026-11", previous: null, next, more: [lawful, redecided] });
  const again = { ...lawful, n: "9".repeat(32), ts: lawful.ts + 1_000, revision: 1 };
  const second = buildMonth({
    month: "2026-12",
    previous: headOf(first, first.entries.length),
    next: null,
    more: [again, { ...outcome, decision: 3, n: "8".repeat(32) }],
  });
  writeLog(join(place, "log", "2026-11"), first.files);
  writeLog(join(place, "log", "2026-12"), second.files);
  const { code, stdout } = await explain(place, first.signer.key);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^decided 2 times: /m);
  assert.match(stdout, /entry {3}acme\.example\/ledger\/de\/eu-frankfurt\/2026-11#3\n[^]*: redecided\n/);
  assert.match(
    stdout,
    /, again, because the law had changed under way\n {2}entry {3}acme\.example\/ledger\/de\/eu-frankfurt\/2026-12#3\n/,
  );
  assert.match(stdout, /^permitted, and answered by fra-\d: complete$/m);
});

async function explained(name: string, entries: readonly WrittenEntry[]): Promise<CommandResult> {
  const place = join(scratch, name);
  const signer = signerFrom(1, "acme.example/ledger/de/eu-frankfurt/2026-11");
  const all = [{ ...openedEntry(0, 1), software: "bailiwick/0.0.9" }, ...entries];
  writeLog(join(place, "log", "2026-11"), buildLog({ entries: all, signer, sealedAt: [all.length] }));
  return explain(place, signer.key);
}

function explain(place: string, key: NoteKey): Promise<CommandResult> {
  const trust = join(scratch, "believed.policy");
  const believed = { logs: [key], witnesses: [], quorum: { kind: "none" }, urls: new Map() } as const;
  writeFileSync(trust, formatTrustPolicy(believed));
  const evidence = ["--ledger", place, "--trust", trust, "--tenant", "demo-bank"];
  return command("explain", policyFile, "--request", rid, ...evidence);
}

function obligationsOf(id: string): readonly string[] {
  return readTestPolicy(testPolicy).law.regimes.find((regime) => regime.id === id)?.obligations ?? [];
}
