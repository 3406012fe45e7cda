// The verifier in a real browser: the same source, other libraries, the same verdict.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { chromium } from "playwright-core";
import { decodeUtf8 } from "../src/base/index.ts";
import { formatTrustPolicy, verifyLog } from "../src/ledger/index.ts";
import type { PageReport } from "./browser/verify-page.ts";
import { sha256, signerFrom, verifyEd25519 } from "./support/ledger-crypto.ts";
import { decisionEntry, openedEntry, origin, outcomeEntry, requestId } from "./support/ledger-entries.ts";
import { buildLog, type LogFiles, readerOf } from "./support/ledger-log.ts";
import { servePage } from "./support/page-server.ts";
import { signCosigned, trustIn } from "./support/tampered.ts";

const executablePath = "/usr/bin/chromium";
const isInstalled = existsSync(executablePath);
/** A test's browser speaks to nobody but the test. */
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const signer = signerFrom(1, origin);
const trust = trustIn(signer.key);
const entries = Array.from({ length: 600 }, (_, index) =>
  index === 0
    ? openedEntry(0, 1)
    : index % 2 === 1
      ? decisionEntry(index)
      : outcomeEntry(index, index - 1, requestId(index - 1)),
);
const files = buildLog({ entries, signer, sealedAt: [600], sign: signCosigned });
const logs = new Map<string, LogFiles>([
  ["sound", files],
  ["entry", withFlip("tile/entries/001", 700)],
  ["tile", withFlip("tile/0/000", 33)],
  ["cosignature", withFlip("checkpoint", (files.get("checkpoint")?.length ?? 0) - 10)],
]);

test(
  "Chromium comes to the same verdict as Node, of a sound log and of changed ones",
  { timeout: 120_000 },
  async (t) => {
    if (!isInstalled) {
      t.skip("Chromium is not installed: apt-get install chromium");
      return;
    }
    const server = await servePage(logs);
    t.after(server.close);
    const browser = await chromium.launch({ executablePath, args, headless: true });
    t.after(() => browser.close());
    const page = await browser.newPage();
    await page.goto(server.url);
    await page.waitForFunction("globalThis.verifyHere !== undefined");
    const policy = decodeUtf8(formatTrustPolicy({ ...trust, urls: new Map() }));
    for (const [name, changed] of logs) {
      const call = `verifyHere(${JSON.stringify(`${server.url}/${name}`)}, ${JSON.stringify(policy)})`;
      const inPage = await page.evaluate<PageReport>(call);
      assert.deepEqual(inPage, await inNode(changed), name);
      assert.equal(inPage.problems.length > 0, name !== "sound", name);
    }
    t.diagnostic(`verified in ${browser.version()}`);
  },
);

async function inNode(changed: LogFiles): Promise<PageReport> {
  const reader = { ...readerOf(changed), list: () => Promise.resolve([]) };
  const report = await verifyLog({ reader, trust, sha256, verifyEd25519 });
  const problems = report.problems.map(({ kind, path, index }) => ({ kind, path, index }));
  const { checkpoint, entryCount, tileCount } = report;
  return { origin: checkpoint?.origin ?? null, entryCount, tileCount, problems };
}

function withFlip(path: string, at: number): LogFiles {
  const bytes = Uint8Array.from(files.get(path) ?? assert.fail(path));
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return new Map([...files, [path, bytes]]);
}
