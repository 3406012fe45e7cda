// A real cell decides; its ledger is read as an operator or an auditor reads it, and what is explained is what was decided.
import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { askAdmin } from "../../../../test/support/ask-admin.ts";
import { type Ask, askChat } from "../../../../test/support/ask.ts";
import { command, type CommandResult } from "../../../../test/support/command.ts";
import { eventually } from "../../../../test/support/demo.ts";
import { serveFiles } from "../../../../test/support/log-files.ts";
import {
  liftOf,
  noteOf,
  policyWithCounsel,
  putNote,
  suspension,
} from "../../../../test/support/legal-notes.ts";
import { keyHash, startTestCell, type TestCell } from "../../../../test/support/test-cell.ts";
import { sha256 } from "../../../keys/index.ts";
import { formatTrustPolicy } from "../../../ledger/index.ts";

const scratch = mkdtempSync(join(tmpdir(), "bailiwick-recorded-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

const at = (name: string): string => join(scratch, name);
const ledger = at("state/ledger");
const trust = at("believed.policy");
const policy = at("policy.yaml");
const stricter = at("stricter.yaml");
/** With a model whose rules choose about a transfer that the law allows. */
const wholePolicy = policyWithCounsel
  .replace(
    "models:\n",
    `models:
  mixed: { mode: hybrid, rules: [{ when: homeAvailable == 0, transfers: allowed }], served-by: { fra-1: assistant, zrh-1: assistant } }
  abroad: { mode: hybrid, rules: [], served-by: { zrh-1: assistant } }\n`,
  )
  .replace(
    "endpoints:\n",
    "endpoints:\n  zrh-1: { cell: eu-frankfurt, engine: sim, url: http://127.0.0.1:1, operator: rhein-cloud, place: CH }\n",
  )
  .replace(
    "tenants:\n",
    `tenants:\n  open: { established: DE, subjects: DE, class: personal, keys: { a: { sha256: ${keyHash("sk-open")} } } }\n`,
  );
writeFileSync(policy, wholePolicy);
writeFileSync(
  stricter,
  wholePolicy.replace("requires: { residency: EEA }", "requires: { sovereignty: EEA }"),
);

/** Ids of requests, by what happened to them. */
const ids = new Map<string, string>();

test("a cell decides requests of every kind", async (t) => {
  const cell = await startTestCell(t, { policy: wholePolicy, directory: at("state") });
  writeTrust(cell);
  await asked(cell, "permit", 200);
  await asked(cell, "refusal", 451, { tenant: "nomad" });
  await asked(cell, "unknown law", 403, { tenant: "nowhere" });
  await correct(cell);
  const claims = { "bailiwick-class": "health", "bailiwick-jurisdiction": "FR" };
  await asked(cell, "claims", 200, { headers: claims });
  await asked(cell, "kept at home", 200, { tenant: "open", model: "mixed" });
  await asked(cell, "barred", 503, { tenant: "open", model: "abroad" });
  putNote(cell.legalDirectory, "a.note", noteOf(suspension("stop-rhein", "operator", "rhein-cloud")));
  await until(cell, "bailiwick_legal_events", 1);
  await asked(cell, "suspended", 451);
  putNote(cell.legalDirectory, "b.note", noteOf(liftOf("stop-rhein")));
  await until(cell, "bailiwick_legal_events", 2);
  await asked(cell, "lifted", 200);
  assert.equal(await cell.reload(readFileSync(stricter, "utf8")), null);
  await asked(cell, "reloaded", 200);
  assert.equal(await cell.reload(wholePolicy), null);
  await cell.setFault("fra-1", "down");
  await cell.setFault("fra-2", "down");
  await asked(cell, "failover", 200);
});

test("a permit is told with where it was sent and what that showed, and is derived again", async () => {
  const { code, stdout, stderr } = await explained("permit");
  assert.equal(code, 0, stdout + stderr);
  assert.match(
    stdout,
    /^permitted, and answered by fra-\d: complete\nderived again to the same verdict: .*\nthe evidence was verified: every log/,
  );
  assert.match(stdout, /^ {4}1\. fra-\d: sent; evidence E\d.* of DE; .*its answer was given$/m);
  assert.match(stdout, /^ {2}corrected .*: attempt 1 has evidence E4 by provider-log of DE-BE/m);
  assert.match(stdout, /^derived again to the same verdict: /m);
  assert.match(stdout, /^ {2}assumed: the tenant is `demo-bank`, as `--tenant` says/m);
});

test("a refusal is told in the rules that were recorded", async () => {
  const { code, stdout } = await explained("refusal", { tenant: "nomad" });
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^refused: policy_no_lawful_endpoint\n/);
  assert.match(stdout, /^ {4}ae-health: .*fra-1/m);
  assert.match(stdout, /^derived again to the same verdict: /m);
  const unknown = await explained("unknown law", { tenant: "nowhere" });
  assert.equal(unknown.code, 0, unknown.stdout);
  assert.match(unknown.stdout, /^refused: policy_jurisdiction_unknown\n/);
  assert.match(unknown.stdout, /subject in nowhere/);
});

test("what the caller's headers claimed stands with the contract, and is derived with it", async () => {
  const { code, stdout } = await explained("claims");
  assert.equal(code, 0, stdout);
  assert.match(
    stdout,
    /^ {2}facts {3}subject in DE \(tenant-contract\), FR \(header\); data personal, health;/m,
  );
  assert.match(stdout, /^ {2}assumed: a header said health: an entry has no basis of a class/m);
});

test("a transfer that the rules of a hybrid model kept out is no other verdict", async () => {
  const kept = await explained("kept at home", { tenant: "open" });
  assert.equal(kept.code, 0, kept.stdout);
  assert.match(kept.stdout, /^ {2}allowed, best first:\n {4}fra-1 in DE\n {2}blocked/m);
  const barred = await explained("barred", { tenant: "open" });
  assert.equal(barred.code, 0, barred.stdout);
  assert.match(barred.stdout, /^refused: policy_region_unavailable$/m);
});

test("a failover is told attempt by attempt", async () => {
  const { code, stdout } = await explained("failover");
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^permitted, and answered by fra-3: complete$/m);
  assert.match(stdout, /^ {4}1\. fra-\d: .*failed: /m);
  assert.match(stdout, /^ {4}\d\. fra-3: sent; .*its answer was given$/m);
});

test("a decision is derived under the legal events that the cell held then, and those alone", async () => {
  const during = await explained("suspended");
  assert.equal(during.code, 0, during.stdout);
  assert.match(during.stdout, /^ {4}event:stop-rhein: /m);
  assert.match(during.stdout, /legal events that the cell held: suspend stop-rhein$/m);
  const after = await explained("lifted");
  assert.equal(after.code, 0, after.stdout);
  assert.match(after.stdout, /held: suspend stop-rhein, lift lift-stop-rhein$/m);
  assert.doesNotMatch((await explained("permit")).stdout, /stop-rhein/);
});

test("a request is explained under the policy that decided it, whatever was in force later", async () => {
  const now = await explained("reloaded", { policy: stricter });
  assert.equal(now.code, 0, now.stdout);
  assert.match(now.stdout, /requires:sovereignty:EEA: /);
  const { code, stdout } = await explained("permit", { policy: stricter });
  assert.equal(code, 1);
  assert.match(stdout, /^permitted, and answered by/);
  assert.match(stdout, /^not derived again: something is missing\n.*is not the policy that decided/m);
  assert.match(stdout.replaceAll(/\s+/g, " "), /name the file as it was then/);
});

test("a program is told the same, with a word for whether it is", async () => {
  const { code, stdout } = await explained("permit", { more: ["--json"] });
  assert.equal(code, 0);
  const { ok, evidence, decisions } = JSON.parse(stdout) as {
    ok: boolean;
    evidence: { isVerified: boolean };
    decisions: { isSame: boolean; decision: { rid: string }; again: { differences: string[] } }[];
  };
  assert.deepEqual([ok, evidence.isVerified, decisions.length], [true, true, 1]);
  assert.deepEqual(decisions[0]?.again.differences, []);
  assert.equal(decisions[0]?.decision.rid, ids.get("permit"));
});

test("no line is wider than 100 columns", async () => {
  for (const name of ids.keys()) {
    const tenants = { refusal: "nomad", "unknown law": "nowhere", "kept at home": "open", barred: "open" };
    const tenant = tenants[name as keyof typeof tenants] ?? "demo-bank";
    const { stdout } = await explained(name, { tenant, policy: name === "reloaded" ? stricter : policy });
    assert.deepEqual(
      stdout.split("\n").filter((line) => line.length > 100),
      [],
    );
  }
});

test("an id that was mistyped ends with 2, and says which was meant", async () => {
  const meant = ids.get("permit") ?? "";
  const typed = `${meant.slice(0, -1)}${meant.endsWith("0") ? "1" : "0"}`;
  const { code, stderr } = await command("explain", policy, "--request", typed, "--ledger", ledger);
  assert.equal(code, 2);
  assert.match(stderr, new RegExp(`has the request \`${typed}\`; did you mean \`${meant}\`\\?`));
});

test("without a tenant's name the answer says who it may have been", async () => {
  const { code, stdout } = await explained("permit", { tenant: null });
  assert.equal(code, 1);
  assert.match(
    stdout.replaceAll(/\s+/g, " "),
    /by their contracts it may be `open`, `demo-bank`, .*say which with `--tenant`/,
  );
  const only = await explained("refusal", { tenant: null });
  assert.equal(only.code, 0, only.stdout);
  assert.match(only.stdout, /assumed: the tenant is `nomad`: no other contract/);
});

test("a tenant whose contract says something else than the entry is refused", async () => {
  const { code, stderr } = await explained("permit", { tenant: "demo-shop" });
  assert.equal(code, 2);
  assert.match(stderr, /tenant `demo-shop` is not the one of the request/);
});

test("without a policy file the record is told, and that nobody derived it again", async () => {
  const words = ["--request", ids.get("permit") ?? "", "--ledger", ledger, "--trust", trust];
  const { code, stdout } = await command("explain", ...words);
  assert.equal(code, 1);
  assert.match(stdout, /^permitted, and answered by/);
  assert.match(stdout, /^not derived again: something is missing\n {2}name the file of policy/m);
});

test("evidence that nobody vouches for is told as such", async () => {
  const copy = at("alone");
  cpSync(ledger, copy, { recursive: true });
  const { stdout } = await explained("permit", { place: copy, trust: null });
  assert.match(stdout, /^the evidence was not verified: no trust file lies beside it/m);
});

test("a log behind an address is read as one in a folder", async (t) => {
  const server = await serveFiles(join(ledger, "log", globSync("*", { cwd: join(ledger, "log") })[0] ?? ""));
  t.after(() => server.close());
  const { code, stdout, stderr } = await explained("permit", { place: server.url });
  assert.equal(code, 0, stdout);
  assert.match(stderr, /cannot be listed/);
});

test("a bundle of whole logs, and one of the request alone, are explained as the folder is", async () => {
  const [whole, chosen] = [at("whole.tar"), at("chosen.tar")];
  const wish = ["--request", ids.get("permit") ?? ""];
  assert.equal((await command("ledger", "export", ledger, "--out", whole, "--trust", trust)).code, 0);
  assert.equal(
    (await command("ledger", "export", ledger, "--out", chosen, "--trust", trust, ...wish)).code,
    0,
  );
  for (const place of [whole, chosen]) {
    const { code, stdout, stderr } = await explained("permit", { place });
    assert.equal(code, 0, stdout + stderr);
  }
  const during = at("during.tar");
  const wanted = ["--request", ids.get("suspended") ?? "", "--trust", trust];
  assert.equal((await command("ledger", "export", ledger, "--out", during, ...wanted)).code, 0);
  const suspended = await explained("suspended", { place: during });
  assert.equal(suspended.code, 0, suspended.stdout);
  assert.match(suspended.stdout, /held: suspend stop-rhein$/m);
  const { stdout } = await explained("permit", { place: chosen });
  assert.match(stdout, /verified: each entry is proven to be in its log/);
  const { code, stderr } = await explained("refusal", { place: chosen, tenant: "nomad" });
  assert.equal(code, 2);
  assert.match(stderr, /the bundle holds chosen entries: ask for a whole one/);
});

for (const { title, spoil, says } of [
  {
    title: "an entry that was changed",
    spoil: (copy: string) => spoilFile(copy, "log/*/tile/entries/**/*.p/*", ['"status":200', '"status":204']),
    says: /entry 3\): entry: its hash is not the one in/,
  },
  {
    title: "the text of a pack that was changed",
    spoil: (copy: string) => spoilFile(copy, `log/*/policies/${packHash("eu-gdpr")}`, ["title", "titel"]),
    says: /^not derived again: the evidence lacks what it names .*`packs\/eu-gdpr\.yaml` is another one/m,
  },
  {
    title: "the text of a pack that is gone",
    spoil: (copy: string) => rmSync(found(copy, `log/*/policies/${packHash("eu-gdpr")}`)),
    says: /^not derived again: the evidence lacks what it names .*`packs\/eu-gdpr\.yaml` is missing/m,
  },
]) {
  test(`${title} is damage, and ends with 1`, async () => {
    const copy = at(title);
    cpSync(ledger, copy, { recursive: true });
    spoil(copy);
    const { code, stdout } = await explained("permit", { place: copy });
    assert.equal(code, 1, stdout);
    assert.match(stdout.replaceAll(/\n +/g, " "), says);
    assert.match(stdout, /^the evidence is damaged, and what follows may be false:\n/);
  });
}

for (const { title, words, says } of [
  {
    title: "a fact beside a request",
    words: ["--request", "0".repeat(32), "--subject", "DE"],
    says: /--subject/,
  },
  {
    title: "a ledger without a request",
    words: ["--ledger", "."],
    says: /'--ledger' is only for '--request'/,
  },
  { title: "an id that is none", words: ["--request", "5f1c"], says: /32 lower-case hex digits/ },
]) {
  test(`${title} is bad usage`, async () => {
    const { code, stderr } = await command("explain", policy, ...words);
    assert.equal(code, 64);
    assert.match(stderr, says);
  });
}

interface Asked {
  readonly tenant?: string | null;
  readonly policy?: string;
  readonly place?: string;
  readonly trust?: string | null;
  readonly more?: readonly string[];
}

function explained(name: string, options: Asked = {}): Promise<CommandResult> {
  const { tenant = "demo-bank", place = ledger, more = [] } = options;
  const trusted = options.trust === undefined ? trust : options.trust;
  return command(
    "explain",
    options.policy ?? policy,
    "--request",
    ids.get(name) ?? assert.fail(name),
    "--ledger",
    place,
    ...(trusted === null ? [] : ["--trust", trusted]),
    ...(tenant === null ? [] : ["--tenant", tenant]),
    ...more,
  );
}

async function asked(cell: TestCell, name: string, status: number, ask: Ask = {}): Promise<void> {
  const answer = await askChat(cell, ask);
  assert.equal(answer.status, status, `${name}: ${answer.text}`);
  ids.set(name, answer.headers.get("bailiwick-request-id") ?? "");
}

/** Of the request that was permitted. */
async function correct(cell: TestCell): Promise<void> {
  const outcome = cell.entries.find((entry) => entry.t === "outcome");
  const index = (outcome?.decision ?? 0) + 1;
  await eventually(() => cell.ledger.state().sealedSize > index);
  const evidence = { grade: "E4", source: "provider-log", places: ["DE-BE"] };
  const input = { origin: cell.ledger.origin, index, attempt: 0, evidence, reason: "log-arrived" };
  assert.equal((await askAdmin(cell, "POST", "/admin/corrections", input)).status, 200);
}

function writeTrust({ ledger: { verifierKey } }: TestCell): void {
  const believed = { logs: [verifierKey], witnesses: [], quorum: { kind: "none" }, urls: new Map() } as const;
  writeFileSync(trust, formatTrustPolicy(believed));
}

async function until(cell: TestCell, metric: string, value: number): Promise<void> {
  while (!cell.metrics().includes(`${metric}{cell="eu-frankfurt"} ${value}\n`)) await pause(5);
}

function packHash(id: string): string {
  const bytes = readFileSync(new URL(`../../../../packs/${id}.yaml`, import.meta.url));
  return Buffer.from(sha256(bytes)).toString("hex");
}

function found(copy: string, pattern: string): string {
  const files = globSync(pattern, { cwd: copy }).map((file) => join(copy, file));
  // Of a bundle that has grown, the one that the checkpoint needs.
  return (
    files.toSorted((left, right) => statSync(right).size - statSync(left).size)[0] ?? assert.fail(pattern)
  );
}

/** The same length, so that nothing but the hashes can tell. */
function spoilFile(copy: string, pattern: string, [from, to]: readonly [string, string]): void {
  const file = found(copy, pattern);
  chmodSync(file, 0o644);
  const text = readFileSync(file, "latin1");
  assert.ok(text.includes(from), file);
  writeFileSync(file, text.replace(from, to), "latin1");
}
