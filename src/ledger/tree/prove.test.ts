import assert from "node:assert/strict";
import { test } from "node:test";
import { sha256 } from "../../../test/support/ledger-crypto.ts";
import { verifyConsistency } from "./consistency.ts";
import { verifyInclusion } from "./inclusion.ts";
import type { LogReader } from "../verify/log-reader.ts";
import { leafHash } from "./merkle.ts";
import { MissingTileError, proveConsistency, proveInclusion } from "./prove.ts";
import { formatTilePath } from "./tile.ts";
import { openTree } from "./tree.ts";

interface Snapshot {
  readonly size: number;
  readonly root: Uint8Array;
}

const most = 130;
const { files, snapshots } = grow(most);

test("every entry of every tree up to 130 leaves has an inclusion proof that verifies, and at no other index", async () => {
  for (const { size, root } of snapshots) {
    for (let index = 0; index < size; index++) {
      const proof = await proveInclusion({ reader: readerOf(files), sha256, size }, index);
      const claim = { index: BigInt(index), size: BigInt(size), leaf: leafAt(index), root, proof };
      assert.ok(verifyInclusion(sha256, claim), `${index} of ${size}`);
      if ((index + size) % 5 !== 0) continue; // the rest of the claims below cost as much again and show no more
      assert.ok(!verifyInclusion(sha256, { ...claim, index: BigInt((index + 1) % size) }) || size === 1);
      assert.ok(!verifyInclusion(sha256, { ...claim, leaf: leafAt(index + 1) }));
      assert.ok(!verifyInclusion(sha256, { ...claim, proof: [...proof, root] }));
    }
  }
});

test("every tree up to 130 leaves is proved to be the beginning of every later one, and of no other", async () => {
  for (const newer of snapshots) {
    for (const older of snapshots.slice(1, newer.size + 1)) {
      const proof = await proveConsistency({ reader: readerOf(files), sha256, size: newer.size }, older.size);
      const claim = {
        oldSize: BigInt(older.size),
        newSize: BigInt(newer.size),
        oldRoot: older.root,
        newRoot: newer.root,
        proof,
      };
      assert.ok(verifyConsistency(sha256, claim), `${older.size} to ${newer.size}`);
      if ((older.size + newer.size) % 5 !== 0) continue;
      assert.ok(!verifyConsistency(sha256, { ...claim, oldRoot: leafAt(0) }) || older.size === 1);
      assert.ok(!verifyConsistency(sha256, { ...claim, proof: [...proof, newer.root] }));
      assert.ok(proof.length === 0 || !verifyConsistency(sha256, { ...claim, proof: proof.slice(1) }));
    }
  }
});

test("proofs hold in a log with tiles of three levels", async () => {
  const { files, snapshots } = grow(65_800, [1, 255, 256, 257, 65_535, 65_536, 65_537, 65_800]);
  for (const { size, root } of snapshots) {
    const log = { reader: readerOf(files), sha256, size };
    for (const index of [0, 1, 254, 255, 256, 65_280, 65_535, 65_536, 65_799].filter(
      (index) => index < size,
    )) {
      const proof = await proveInclusion(log, index);
      const claim = { index: BigInt(index), size: BigInt(size), leaf: leafAt(index), root, proof };
      assert.ok(verifyInclusion(sha256, claim), `${index} of ${size}`);
    }
    for (const older of snapshots.filter((older) => older.size <= size)) {
      const proof = await proveConsistency(log, older.size);
      const sizes = { oldSize: BigInt(older.size), newSize: BigInt(size) };
      assert.ok(verifyConsistency(sha256, { ...sizes, oldRoot: older.root, newRoot: root, proof }));
    }
  }
});

test("a proof with any bit of any hash flipped is refused", async () => {
  const { size, root } = snapshots.at(-1) ?? assert.fail();
  const proof = await proveInclusion({ reader: readerOf(files), sha256, size }, 77);
  const claim = { index: 77n, size: BigInt(size), leaf: leafAt(77), root, proof };
  for (let bit = 0; bit < proof.length * 256; bit++) {
    const changed = proof.map((hash, at) =>
      hash.map((byte, index) =>
        at === bit >> 8 && index === (bit & 255) >> 3 ? byte ^ (1 << (bit & 7)) : byte,
      ),
    );
    assert.ok(!verifyInclusion(sha256, { ...claim, proof: changed }), `bit ${bit}`);
  }
});

test("a proof from a log without its tile fails by the tile's path", async () => {
  const reader = readerOf(new Map());
  await assert.rejects(
    proveInclusion({ reader, sha256, size: 300 }, 0),
    (error) => error instanceof MissingTileError && error.path.startsWith("tile/0/00"),
  );
});

test("an index or size outside the log is refused", async () => {
  const log = { reader: readerOf(files), sha256, size: 5 };
  for (const index of [-1, 5, 0.5, Number.NaN]) await assert.rejects(proveInclusion(log, index), RangeError);
  for (const size of [-1, 0, 6, 0.5]) await assert.rejects(proveConsistency(log, size), RangeError);
});

function grow(
  most: number,
  sizes?: readonly number[],
): { files: Map<string, Uint8Array>; snapshots: Snapshot[] } {
  const tree = openTree(sha256, 0, () => assert.fail());
  const snapshots = sizes === undefined ? [{ size: 0, root: tree.root() }] : [];
  for (let index = 0; index < most; index++) {
    tree.append(leafAt(index));
    if (sizes?.includes(tree.size) ?? true) snapshots.push({ size: tree.size, root: tree.root() });
  }
  // Under the full name, where a reader looks for the beginning of a tile whose partial is gone.
  const files = tree
    .takeTiles()
    .map(({ name, bytes }) => [formatTilePath({ ...name, width: 256 }), bytes] as const);
  return { files: new Map(files), snapshots };
}

function leafAt(index: number): Uint8Array {
  return leafHash(sha256, Uint8Array.of(index >> 16, index >> 8, index));
}

function readerOf(files: ReadonlyMap<string, Uint8Array>): LogReader {
  return { read: (path) => Promise.resolve(files.get(path) ?? null), list: () => Promise.resolve([]) };
}
