import assert from "node:assert/strict";
import { globSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { encodeUtf8, toHex } from "../../base/index.ts";
import type { NoteSigner, TrustPolicy } from "../../ledger/index.ts";
import { sha256, signerFrom } from "../../../test/support/ledger-crypto.ts";
import {
  lifecycleEntries,
  openedEntry,
  policyEntry,
  refusalEntry,
} from "../../../test/support/ledger-entries.ts";
import { buildLog, type LogFiles, readerOf } from "../../../test/support/ledger-log.ts";
import { buildMonth, headOf, signerOf } from "../../../test/support/ledger-months.ts";
import {
  frankfurtEntries,
  frankfurtSigner,
  reportSigner,
  reportStartMs,
  reportTrust,
  virginiaEntries,
  virginiaSigner,
} from "../../../test/support/report-logs.ts";
import { compileReport } from "./compile-report.ts";
import { verifiedLogs } from "./verified-logs.ts";
import { verifyReport } from "./verify-report.ts";
import { FolderInUseError, writeReport } from "./write-report.ts";

const scratch = mkdtempSync(join(tmpdir(), "bailiwick-report-"));
after(() => rmSync(scratch, { recursive: true }));

const own = frankfurtEntries();
const frankfurt = buildLog({ entries: own, signer: frankfurtSigner, sealedAt: [own.length] });
const virginia = buildLog({ entries: virginiaEntries(), signer: virginiaSigner, sealedAt: [5] });

interface Written {
  readonly logs: readonly LogFiles[];
  readonly peers?: readonly LogFiles[];
  readonly trust?: TrustPolicy;
  readonly signer?: NoteSigner;
}

let written = 0;

async function write({
  logs,
  peers = [],
  trust = reportTrust,
  signer = reportSigner,
}: Written): Promise<string> {
  const verified = await verifiedLogs({ readers: [...logs, ...peers].map(readerOf), trust });
  const compiled = await compileReport({
    regime: "eu-gdpr-44",
    tenant: null,
    seed: "4711",
    trust,
    software: "bailiwick/0.1.0",
    fromMs: Date.UTC(2026, 9, 1),
    toMs: Date.UTC(2026, 11, 31),
    nowMs: Date.UTC(2027, 0, 2),
    logs: verified.slice(0, logs.length),
    peers: verified.slice(logs.length),
  });
  const folder = join(scratch, String(written++));
  await writeReport({ ...compiled, logs: verified, signer, folder });
  return folder;
}

const folder = await write({ logs: [frankfurt], peers: [virginia] });
const files = globSync("**/*", { cwd: folder }).filter((path) => statSync(join(folder, path)).isFile());

test("a report verifies with its folder and a trust file alone, and so does every proof in it", () => {
  const { problems, fileCount, proofCount, report } = verifyReport(folder, reportTrust);
  assert.deepEqual(problems, []);
  assert.equal(fileCount, files.length - 1);
  assert.ok(proofCount >= 8);
  assert.equal(files.filter((path) => path.startsWith("proofs/")).length, proofCount);
  assert.deepEqual(
    report?.sources.map(({ size }) => size),
    [own.length, 5],
  );
});

for (const path of files) {
  test(`a change of any byte of ${path} is found`, () => {
    const file = join(folder, path);
    const bytes = readFileSync(file);
    const step = Math.max(1, Math.floor(bytes.length / 6));
    try {
      for (let at = 0; at < bytes.length; at += step) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ 1;
        writeFileSync(file, changed);
        assert.notDeepEqual(verifyReport(folder, reportTrust).problems, [], `byte ${at}`);
      }
      writeFileSync(file, bytes.subarray(0, -1));
      assert.notDeepEqual(verifyReport(folder, reportTrust).problems, [], "the last byte is gone");
    } finally {
      writeFileSync(file, bytes);
    }
  });
}

test("the texts of the policies that the report's requests were decided under lie in its folder", async () => {
  const text = encodeUtf8("id: eu-gdpr\n");
  const hash = toHex(sha256(text));
  const texts = [{ name: "packs/eu-gdpr.yaml", hash }];
  const policy = { ...policyEntry(1), ts: reportStartMs, texts, textCount: 1 };
  const unused = { ...policy, policy: "cd".repeat(32), n: "a".repeat(32) };
  const entries = [openedEntry(0, 1), policy, unused, refusalEntry(3)].map((entry) => ({
    ...entry,
    ts: reportStartMs,
  }));
  const log = buildLog({ entries, signer: frankfurtSigner, sealedAt: [entries.length] });
  const folder = await write({ logs: [new Map([...log, [`policies/${hash}`, text]])] });
  const { problems, report } = verifyReport(folder, reportTrust);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    report?.citations.filter(({ kind }) => kind === "policy").map(({ index }) => index),
    [1],
  );
  assert.deepEqual(new Uint8Array(readFileSync(join(folder, "policies", hash))), text);
  rmSync(join(folder, "policies", hash));
  assert.deepEqual(
    verifyReport(folder, reportTrust).problems.map(({ path }) => path),
    [`policies/${hash}`, "proofs/1/1.tlog-proof"],
  );
});

test("a file that is missing, and one that was put beside the report, are named", () => {
  const missing = join(folder, "report.html");
  renameSync(missing, join(folder, "other.html"));
  assert.deepEqual(
    verifyReport(folder, reportTrust).problems.map(({ path, reason }) => `${path}: ${reason}`),
    ["report.html: it is missing", "other.html: it was not signed with the report"],
  );
  renameSync(join(folder, "other.html"), missing);
});

test("a report by a key that nobody trusts says nothing", () => {
  const { logs } = reportTrust;
  const { problems, report } = verifyReport(folder, {
    ...reportTrust,
    logs: logs.filter((key) => key !== reportSigner.key),
  });
  assert.match(
    problems[0]?.reason ?? "",
    /the trust file has no line for the key `acme\.example\/report\/de\/eu-frankfurt`/,
  );
  assert.equal(report, null);
});

test("whoever has the report's key cannot cite what is not in the log", async () => {
  const [entry, ...rest] = own;
  assert.ok(entry);
  const forged = signerFrom(9, frankfurtSigner.key.name);
  const invented = buildLog({
    entries: [{ ...entry, n: "e".repeat(32) }, ...rest],
    signer: forged,
    sealedAt: [own.length],
  });
  const trustingForger = { ...reportTrust, logs: [forged.key, reportSigner.key] };
  const report = await write({ logs: [invented], trust: trustingForger });
  assert.deepEqual(verifyReport(report, trustingForger).problems, []);
  assert.match(verifyReport(report, reportTrust).problems[0]?.reason ?? "", /no known key has signed/);
});

test("months whose keys only the month before vouches for verify by its closing, which is always cited", async () => {
  const november = buildMonth({ month: "2026-11", previous: null, next: signerOf("2026-12") });
  const december = buildMonth({
    month: "2026-12",
    previous: headOf(november, november.entries.length),
    next: null,
  });
  const trust: TrustPolicy = { ...reportTrust, logs: [signerOf("2026-11").key, reportSigner.key] };
  const report = await write({ logs: [november.files, december.files], trust });
  const verdict = verifyReport(report, trust);
  assert.deepEqual(verdict.problems, []);
  assert.ok(verdict.report?.citations.some(({ kind }) => kind === "closed"));
  assert.ok(verdict.report?.citations.some(({ origin }) => origin.endsWith("2026-12")));
});

test("a month that was deleted when its time was over is a source of which only the head is left", async () => {
  const november = buildMonth({ month: "2026-11", previous: null, next: signerOf("2026-12") });
  const head = headOf(november, november.entries.length);
  const [retention] = lifecycleEntries(5).filter(({ t }) => t === "retention");
  assert.ok(retention?.t === "retention");
  const december = buildMonth({
    month: "2026-12",
    previous: head,
    next: null,
    more: [{ ...retention, log: head }],
  });
  const left = new Map([...november.files].filter(([path]) => !path.startsWith("tile/")));
  const trust: TrustPolicy = {
    ...reportTrust,
    logs: [signerOf("2026-11").key, signerOf("2026-12").key, reportSigner.key],
  };
  const verdict = verifyReport(await write({ logs: [left, december.files], trust }), trust);
  assert.deepEqual(verdict.problems, []);
  assert.deepEqual(
    verdict.report?.sources.map(({ isPruned }) => isPruned),
    [true, false],
  );
});

test("a folder that holds something is not mixed with a report", async () => {
  const verified = await verifiedLogs({ readers: [readerOf(frankfurt)], trust: reportTrust });
  const compiled = await compileReport({
    regime: "soc2",
    tenant: null,
    seed: null,
    trust: reportTrust,
    software: "bailiwick/0.1.0",
    fromMs: 0,
    toMs: 1,
    nowMs: 2,
    logs: verified,
    peers: [],
  });
  await assert.rejects(
    writeReport({ ...compiled, logs: verified, signer: reportSigner, folder }),
    FolderInUseError,
  );
});
