import assert from "node:assert/strict";
import { test } from "node:test";
import { diskReader, readEntries } from "../../../test/support/disk-log.ts";
import { verifyEd25519 } from "../../../test/support/ledger-crypto.ts";
import { signerOf } from "../../../test/support/ledger-months.ts";
import { MonthKeys } from "../../../test/support/month-keys.ts";
import { testLogOptions } from "../../../test/support/open-test-log.ts";
import { SimulatedDisk } from "../../../test/support/simulated-disk.ts";
import { encodeUtf8, toHex } from "../../base/index.ts";
import { monotonicNow } from "../../clock/index.ts";
import { sha256 } from "../../keys/index.ts";
import { type PolicyEntry, textPath, verifyLog } from "../../ledger/index.ts";
import type { PolicyInForce, PolicyText } from "../log/ledger.ts";
import type { ShardName } from "../log/shard.ts";
import { RotatingLog } from "./rotating-log.ts";
import { keptUntil } from "./shard-list.ts";

const first: PolicyInForce = {
  hash: "ab".repeat(32),
  texts: [text("policy.yaml", "version: 1"), text("packs/eu-gdpr.yaml", "id: eu-gdpr")],
};
const second: PolicyInForce = { hash: "cd".repeat(32), texts: [text("policy.yaml", "version: 2")] };

class World {
  readonly disk: SimulatedDisk = new SimulatedDisk();
  readonly keys: MonthKeys = new MonthKeys();
  retentionDays: number | null = null;
  nowMs: number = Date.UTC(2026, 10, 30);

  open({ texts }: Pick<PolicyInForce, "texts"> = first): Promise<RotatingLog> {
    return RotatingLog.open({
      ...testLogOptions({
        fileSystem: this.disk,
        directory: "/ledger",
        texts,
        segmentBytes: 1 << 16,
        now: () => this.nowMs,
        isWitnessed: true,
      }),
      retentionDays: this.retentionDays,
      keys: this.keys,
      monotonicNow,
      onRotation: () => {},
    });
  }

  /** What a log that verifies says of policies, in order. */
  async policiesIn(month: ShardName): Promise<readonly PolicyEntry[]> {
    const reader = diskReader(this.disk, `/ledger/log/${month}`);
    const trust = { logs: [signerOf(month).key], witnesses: [], quorum: { kind: "none" } } as const;
    const report = await verifyLog({ reader, trust, sha256, verifyEd25519 });
    assert.deepEqual(report.problems, []);
    const entries = await readEntries(reader, report.entryCount);
    return entries.filter((entry) => entry.t === "policy");
  }
}

test("a log that is opened names the texts of its policy, which lie beside it under their hashes", async () => {
  const world = new World();
  await (await world.open()).close();
  const [policy, ...others] = await world.policiesIn("2026-11");
  assert.deepEqual(others, []);
  assert.deepEqual(
    [policy?.policy, policy?.texts, policy?.textCount],
    [first.hash, first.texts.map(named), 2],
  );
  for (const { name, bytes } of first.texts) {
    const path = `/ledger/log/2026-11/${textPath(toHex(sha256(bytes)))}`;
    assert.deepEqual(await world.disk.read(path), bytes, name);
  }
});

test("a policy that comes into force is told of, and later months begin with it", async () => {
  const world = new World();
  const logs = await world.open();
  const position = await logs.enactPolicy(second);
  assert.deepEqual(position, { origin: signerOf("2026-11").key.name, index: 2 });
  world.nowMs = Date.UTC(2026, 11, 1);
  await logs.tick();
  await logs.close();
  assert.deepEqual(hashesOf(await world.policiesIn("2026-11")), [first.hash, second.hash]);
  assert.deepEqual(hashesOf(await world.policiesIn("2026-12")), [second.hash]);
});

test("the month does not change between a policy's texts and its entry", async () => {
  const world = new World();
  const logs = await world.open();
  world.nowMs = Date.UTC(2026, 11, 1);
  const [, position] = await Promise.all([logs.tick(), logs.enactPolicy(second)]);
  await logs.close();
  assert.equal(position.origin, signerOf("2026-12").key.name);
  assert.deepEqual(hashesOf(await world.policiesIn("2026-12")), [first.hash, second.hash]);
});

test("more texts than an entry holds are named by several, and each says how many there are", async () => {
  const texts = Array.from({ length: 100 }, (_, at) => text(`packs/regime-${at}.yaml`, `id: ${at}`));
  const world = new World();
  await (await world.open({ texts })).close();
  const policies = await world.policiesIn("2026-11");
  assert.ok(policies.length >= 3, `only ${policies.length} entries`);
  assert.ok(policies.every(({ textCount }) => textCount === 100));
  assert.deepEqual(
    policies.flatMap((policy) => policy.texts),
    texts.map(named),
  );
});

test("a policy without texts at the start is told by the opening alone, and one that comes later by an entry", async () => {
  const world = new World();
  const logs = await world.open({ texts: [] });
  await logs.enactPolicy({ hash: second.hash, texts: [] });
  await logs.close();
  assert.deepEqual(hashesOf(await world.policiesIn("2026-11")), [second.hash]);
});

test("the texts go with the log when its time is over", async () => {
  const world = new World();
  await (await world.open()).close();
  world.retentionDays = 30;
  world.nowMs = keptUntil("2026-11", 30);
  await (await world.open()).close();
  assert.deepEqual(await world.disk.list("/ledger/log/2026-11/policies"), []);
});

function text(name: string, words: string): PolicyText {
  return { name, bytes: encodeUtf8(words) };
}

function named({ name, bytes }: PolicyText): PolicyEntry["texts"][number] {
  return { name, hash: toHex(sha256(bytes)) };
}

function hashesOf(policies: readonly PolicyEntry[]): readonly string[] {
  return policies.map(({ policy }) => policy);
}
