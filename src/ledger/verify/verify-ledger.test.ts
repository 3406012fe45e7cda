import assert from "node:assert/strict";
import { test } from "node:test";
import { sha256, verifyEd25519 } from "../../../test/support/ledger-crypto.ts";
import { lifecycleEntries } from "../../../test/support/ledger-entries.ts";
import { type LogFiles, readerOf } from "../../../test/support/ledger-log.ts";
import { buildMonth, headOf, type Month, signerOf } from "../../../test/support/ledger-months.ts";
import { encodeEntry } from "../entry/entry-schema.ts";
import type { LogHead } from "../entry/log-head.ts";
import { formatProofFile } from "../note/proof-file.ts";
import { proveInclusion } from "../tree/prove.ts";
import { type LedgerReport, verifyLedger } from "./verify-ledger.ts";

const october = buildMonth({ month: "2026-10", previous: null, next: signerOf("2026-11") });
const november = buildMonth({ month: "2026-11", previous: headOf(october, 2), next: signerOf("2026-12") });
const december = buildMonth({ month: "2026-12", previous: headOf(november, 4), next: null });
const months = [october, november, december];

test("whoever trusts the first month's key believes the months that follow, in whatever order they are given", async () => {
  for (const order of [months, months.toReversed(), [november, october, december]]) {
    assert.deepEqual(faults(await verify(order)), []);
  }
});

test("a month whose key nobody vouches for is not believed", async () => {
  const { logs } = await verify([november, december]);
  assert.deepEqual(
    logs.map(({ checkpoint, problems }) => [checkpoint, problems[0]?.kind]),
    [
      [null, "checkpoint"],
      [null, "checkpoint"],
    ],
  );
});

test("a log with a fault vouches for no key", async () => {
  const files = new Map(october.files);
  files.delete("tile/0/000.p/4");
  const { logs } = await verify([{ ...october, files }, november]);
  assert.deepEqual(
    logs.map(({ problems }) => problems[0]?.kind),
    ["tile", "checkpoint"],
  );
});

test("a month that another key signed than the closed log names is not believed, although the policy knows that key", async () => {
  const signer = signerOf("2026-11", 77);
  const other = buildMonth({ month: "2026-11", previous: headOf(october, 2), next: null, signer });
  const { logs } = await verify([october, other], [october, other]);
  assert.deepEqual(
    logs.map(({ problemCount }) => problemCount),
    [0, 1],
  );
  assert.equal(logs[1]?.problems[0]?.kind, "checkpoint");
});

const wrongHeads: readonly { readonly title: string; readonly head: LogHead | null }[] = [
  { title: "another root at a size of the past", head: { ...headOf(october, 2), root: "0".repeat(64) } },
  { title: "another root at the last size", head: { ...headOf(october, 4), root: "0".repeat(64) } },
  { title: "more entries than there are", head: { ...headOf(october, 4), size: 5 } },
  { title: "entries where there were none", head: { ...headOf(october, 0), root: "0".repeat(64) } },
  { title: "a month that is missing", head: { ...headOf(october, 2), origin: signerOf("2026-09").key.name } },
  { title: "nothing", head: null },
];

for (const { title, head } of wrongHeads) {
  test(`a month that says it follows ${title} is at fault`, async () => {
    const next = buildMonth({ month: "2026-11", previous: head, next: null });
    assert.deepEqual(faults(await verify([october, next])), [[1, "succession", 0]]);
  });
}

test("a month that was exchanged for another one, rightly signed, is found by what the next one says of it", async () => {
  const other = buildMonth({
    month: "2026-10",
    previous: null,
    next: signerOf("2026-11"),
    more: lifecycleEntries(5).slice(1, 2),
  });
  const next = buildMonth({ month: "2026-11", previous: headOf(october, 4), next: null });
  assert.deepEqual(faults(await verify([other, next])), [[1, "succession", 0]]);
});

test("the months before and after the ones that were given are named, and are no fault", async () => {
  const { logs } = await verify([november], [november]);
  assert.deepEqual(logs[0]?.absent, [october.signer.key.name, december.signer.key.name]);
  assert.equal(logs[0]?.problemCount, 0);
});

test("a month without its entries is pruned if a later log says so, and a fault if none does", async () => {
  const emptied = { ...october, files: onlyCheckpoint(october.files) };
  const retention = lifecycleEntries(4).find(({ t }) => t === "retention");
  assert.ok(retention?.t === "retention");
  const telling = buildMonth({
    month: "2026-11",
    previous: headOf(october, 4),
    next: null,
    more: [{ ...retention, log: headOf(october, 4) }],
  });
  const trusted = [october, telling];
  const told = await verify([emptied, telling], trusted);
  assert.deepEqual(faults(told), []);
  assert.deepEqual(
    told.logs.map(({ isPruned }) => isPruned),
    [true, false],
  );
  assert.deepEqual(faults(await verify([emptied, november], [october, november])), [[0, "succession", null]]);
});

test("a pruned month still vouches for the next one's key, by the proof of its last entry that was kept", async () => {
  const retention = lifecycleEntries(4).find(({ t }) => t === "retention");
  assert.ok(retention?.t === "retention");
  const telling = buildMonth({
    month: "2026-11",
    previous: headOf(october, 4),
    next: null,
    more: [{ ...retention, log: headOf(october, 4) }],
  });
  const proof = await closingProof(october);
  const emptied = (more: readonly (readonly [string, Uint8Array])[]): Month => ({
    ...october,
    files: new Map([...onlyCheckpoint(october.files), ...more]),
  });
  assert.deepEqual(faults(await verify([emptied([["closing.tlog-proof", proof]]), telling])), []);
  const flipped = proof.map((byte, at) => (at === 100 ? byte ^ 1 : byte));
  for (const files of [[], [["closing.tlog-proof", flipped]] as const]) {
    const kinds = faults(await verify([emptied(files), telling]));
    assert.deepEqual(kinds, [
      [0, "succession", null],
      [1, "checkpoint", null],
    ]);
  }
});

test("progress counts the entries of all logs", async () => {
  const progress: (readonly [number, number])[] = [];
  await verify(months, [october], (done, total) => progress.push([done, total]));
  assert.deepEqual(progress, [
    [4, 11],
    [8, 11],
    [11, 11],
  ]);
});

function verify(
  given: readonly Month[],
  trusted: readonly Month[] = [october],
  onProgress?: (done: number, total: number) => void,
): Promise<LedgerReport> {
  return verifyLedger({
    readers: given.map(({ files }) => readerOf(files)),
    trust: { logs: trusted.map(({ signer }) => signer.key), witnesses: [], quorum: { kind: "none" } },
    sha256,
    verifyEd25519,
    ...(onProgress && { onProgress }),
  });
}

async function closingProof({ files, entries }: Month): Promise<Uint8Array> {
  const index = entries.length - 1;
  const closed = entries[index] ?? assert.fail();
  const hashes = await proveInclusion({ reader: readerOf(files), sha256, size: entries.length }, index);
  const checkpoint = files.get("checkpoint") ?? assert.fail();
  return formatProofFile({ extra: encodeEntry(closed), index, hashes, checkpoint });
}

function faults({ logs }: LedgerReport): unknown[] {
  return logs.flatMap(({ problems }, at) => problems.map(({ kind, index }) => [at, kind, index]));
}

function onlyCheckpoint(files: LogFiles): LogFiles {
  return new Map([...files].filter(([path]) => path === "checkpoint"));
}
