// What a month says of requests in the month before.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sha256, verifyEd25519 } from "../../../test/support/ledger-crypto.ts";
import {
  cachedOutcome,
  correctionEntry,
  decisionEntry,
  outcomeEntry,
  requestId,
} from "../../../test/support/ledger-entries.ts";
import { readerOf } from "../../../test/support/ledger-log.ts";
import { buildMonth, headOf, type Month, signerOf } from "../../../test/support/ledger-months.ts";
import type { WrittenEntry } from "../entry/entry.ts";
import { verifyLedger } from "./verify-ledger.ts";

const failed = { attempts: [], answeredBy: null, res: null };
const october = buildMonth({
  month: "2026-10",
  previous: null,
  next: signerOf("2026-11"),
  more: [
    decisionEntry(3, requestId(9)),
    { ...outcomeEntry(4, 3, requestId(9)), ...failed, result: "redecided" },
  ],
});
const origin = october.signer.key.name;

test("a correction of an attempt in the month before is held against it", async () => {
  assert.deepEqual(
    await faultsOf([october, november({ ...correctionEntry(3, 2), of: { origin, index: 2 } })]),
    [],
  );
  for (const [index, attempt] of [
    [2, 1],
    [1, 0],
    [99, 0],
  ] as const) {
    const correction = { ...correctionEntry(3, 2), of: { origin, index }, attempt };
    assert.deepEqual(await faultsOf([october, november(correction)]), ["correction 3"]);
  }
});

test("a correction of what is in a log that was not given cannot be checked", async () => {
  const elsewhere = { origin: "acme.example/ledger/us/us-virginia/2026-10", index: 2 };
  assert.deepEqual(await faultsOf([october, november({ ...correctionEntry(3, 2), of: elsewhere })]), []);
});

test("an answer of the month before that is given again is held against it", async () => {
  assert.deepEqual(await faultsOf([october, november(...givenAgain(2))]), []);
  for (const index of [1, 4, 99]) {
    assert.deepEqual(await faultsOf([october, november(...givenAgain(index))]), ["cached 4"]);
  }
  const elsewhere = givenAgain(2, "acme.example/ledger/us/us-virginia/2026-10");
  assert.deepEqual(await faultsOf([october, november(...elsewhere)]), []);
});

test("a request is decided again in the month after the one that left it to be", async () => {
  assert.deepEqual(await faultsOf([october, november(again(9, 1))]), []);
  assert.deepEqual(await faultsOf([october, november(again(9, 2))]), ["pairing 3"]);
  assert.deepEqual(await faultsOf([october, november(again(8, 1))]), ["pairing 3"]);
});

function again(number: number, revision: number): WrittenEntry {
  return { ...decisionEntry(3, requestId(number)), revision };
}

/** A request of November, with the answer that entry `index` of October, or of another log, has. */
function givenAgain(index: number, of = origin): readonly WrittenEntry[] {
  const rid = requestId(8);
  const outcome = cachedOutcome(5, 3, { rid, first: 2 });
  const { cached } = outcome;
  return [decisionEntry(4, rid), { ...outcome, cached: cached && { ...cached, of: { origin: of, index } } }];
}

function november(...more: readonly WrittenEntry[]): Month {
  return buildMonth({ month: "2026-11", previous: headOf(october, 2), next: null, more });
}

async function faultsOf(months: readonly Month[]): Promise<string[]> {
  const logs = [october.signer.key];
  const trust = { logs, witnesses: [], quorum: { kind: "none" } } as const;
  const readers = months.map(({ files }) => readerOf(files));
  const report = await verifyLedger({ readers, trust, sha256, verifyEd25519 });
  return report.logs.flatMap(({ problems }) => problems.map(({ kind, index }) => `${kind} ${index}`));
}
