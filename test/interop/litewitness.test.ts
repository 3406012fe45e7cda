// A witness that we did not write cosigns our log through the client that a cell uses, and refuses to see it shrink.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { monotonicNow } from "../../src/clock/index.ts";
import { encodeEntry, formatTrustPolicy, parseTrustPolicy, verifyLog } from "../../src/ledger/index.ts";
import { openLogDirectory } from "../../src/store/index.ts";
import { nodeFileSystem } from "../../src/disk/file-system.ts";
import type { OpenLog } from "../../src/store/month/open-shard.ts";
import { WitnessClient } from "../../src/store/witness/witness-client.ts";
import { buildGoVerifier } from "../support/go-programs.ts";
import { sha256, verifyEd25519 } from "../support/ledger-crypto.ts";
import { decisionEntry, outcomeEntry, requestId } from "../support/ledger-entries.ts";
import { type LiteWitness, litewitnessMissing, startLitewitness } from "../support/litewitness.ts";
import { logSigner, openTestLog } from "../support/open-test-log.ts";

describe("litewitness", () => {
  let directory: string;
  let witness: LiteWitness | null;
  let client: WitnessClient;
  let ledger: string;
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "bailiwick-litewitness-"));
    ledger = join(directory, "ledger");
    witness = await startLitewitness(directory, [logSigner.key]);
    if (witness === null) return;
    const { key, url } = witness;
    const urls = new Map([[key, url]]);
    const policy = {
      logs: [logSigner.key],
      witnesses: [key],
      quorum: { kind: "witness", key },
      urls,
    } as const;
    writeFileSync(join(directory, "trust.policy"), formatTrustPolicy(policy));
  });
  after(async () => {
    await witness?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  test("cosigns each checkpoint of a growing log, and the quorum of the trust file accepts it", async (t) => {
    if (witness === null) return t.skip(litewitnessMissing);
    const { writer } = await open();
    for (const first of [1, 300]) {
      await appendRequests(writer, first, 200);
      await writer.seal();
      assert.equal(status()?.result, "cosigned");
      assert.equal(await problemCount(), 0);
    }
    await writer.close();
    assert.match(goVerdict() ?? "PASS", /^PASS/);
    t.diagnostic(`${status()?.lastCosigned?.size} entries under its cosignature`);
  });

  test("is missed where its line is cut out of the checkpoint", async (t) => {
    if (witness === null) return t.skip(litewitnessMissing);
    const file = join(ledger, "log/2026-11/checkpoint");
    const whole = readFileSync(file, "utf8");
    writeFileSync(
      file,
      whole
        .split("\n")
        .filter((line) => !line.includes("lite.example"))
        .join("\n"),
    );
    assert.equal(await problemCount(), 1);
    assert.match(goVerdict() ?? "too few", /too few witnesses/);
    writeFileSync(file, whole);
  });

  test("refuses a copy of the log from before, and goes on with the log itself", async (t) => {
    if (witness === null) return t.skip(litewitnessMissing);
    const old = join(directory, "old");
    cpSync(ledger, old, { recursive: true });
    const grown = await open();
    await appendRequests(grown.writer, 600, 50);
    await grown.writer.close();
    const rolledBack = await open(old);
    await rolledBack.writer.seal();
    assert.deepEqual([status()?.result, status()?.refusedWith], ["refused", 409]);
    assert.equal(status()?.lastCosigned, null);
    await rolledBack.writer.close();
    const again = await open();
    await again.writer.close();
    assert.equal(status()?.result, "cosigned");
  });

  /** As a new process does: it remembers nothing of what was cosigned. */
  function open(at: string = ledger): Promise<OpenLog> {
    client = new WitnessClient({ trust: readPolicy(), directory: at, monotonicNow, timeLimitMs: 5_000 });
    const rest = { segmentBytes: 1 << 20, cosigner: client };
    return openTestLog({ fileSystem: nodeFileSystem, directory: at, ...rest });
  }

  function status() {
    return client.statuses(logSigner.key.name)[0];
  }

  function readPolicy() {
    const policy = parseTrustPolicy(sha256, readFileSync(join(directory, "trust.policy")));
    return policy.ok ? policy.value : assert.fail(policy.error);
  }

  /** Null where goverify cannot be built; outside-verifiers.test.ts says so. */
  function goVerdict(): string | null {
    const program = buildGoVerifier(directory);
    if (program === null) return null;
    const args = ["-policy", join(directory, "trust.policy"), join(ledger, "log/2026-11")];
    return spawnSync(program, args, { encoding: "utf8", timeout: 30_000 }).stdout;
  }

  async function problemCount(): Promise<number> {
    const [log = assert.fail()] = await openLogDirectory(ledger);
    const { reader } = log;
    return (await verifyLog({ reader, trust: readPolicy(), sha256, verifyEd25519 })).problemCount;
  }
});

async function appendRequests(writer: OpenLog["writer"], first: number, count: number): Promise<void> {
  for (let number = first; number < first + count; number++) {
    const rid = requestId(number);
    const decision = writer.size;
    const opening = encodeEntry({ ...decisionEntry(number, rid), ts: 1_795_000_000_000 });
    await writer.append([{ entry: opening, pairing: { kind: "opens", rid } }]);
    const closing = encodeEntry({ ...outcomeEntry(number, decision, rid), ts: 1_795_000_000_000 });
    await writer.append([{ entry: closing, pairing: { kind: "closes", rid } }]);
  }
}
