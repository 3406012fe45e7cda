import assert from "node:assert/strict";
import { test } from "node:test";
import { requestId } from "../../../test/support/ledger-entries.ts";
import { encodeUtf8 } from "../../base/index.ts";
import type { Effect } from "./pairing.ts";
import {
  encodeBatch,
  readSegment,
  sectorBytes,
  startOfSegment,
  toRecord,
  WalDamageError,
} from "./wal-format.ts";

const start = startOfSegment("acme.example/log", 7);
const segmentBytes = 24 * sectorBytes;
// Batches of one sector and of several, with and without filler between the frames and the end.
const batches = [["first"], ["b".repeat(900), "c"], ["d".repeat(448)], ["e".repeat(300), "f".repeat(2000)]];
const segment = Buffer.alloc(segmentBytes);
const starts: number[] = [];
let cursor = start;
for (const texts of batches) {
  const { bytes, end } = encodeBatch(
    cursor,
    texts.map((text) => toRecord(encodeUtf8(text), effectOf(text))),
  );
  starts.push(cursor.offset);
  segment.set(bytes, cursor.offset);
  cursor = end;
}
const lastStart = starts.at(-1) ?? 0;

test("a segment is read as it was written", () => {
  const { records, end, isTorn } = readSegment("wal", segment, start);
  assert.deepEqual(textsOf(records), batches.flat());
  assert.deepEqual(
    records.map(({ effect }) => effect),
    batches.flat().map(effectOf),
  );
  assert.deepEqual(end, cursor);
  assert.equal(isTorn, false);
});

test("batches begin and end on a sector, and every sector of one is written", () => {
  for (const offset of [...starts, cursor.offset]) assert.equal(offset % sectorBytes, 0);
  for (let at = 0; at < cursor.offset; at += sectorBytes) {
    assert.ok(segment.subarray(at, at + sectorBytes).some((byte) => byte !== 0));
  }
});

test("a segment of another log, or under another name, does not verify", () => {
  for (const other of [startOfSegment("acme.example/other", 7), startOfSegment("acme.example/log", 8)]) {
    assert.throws(() => readSegment("wal", segment, other), WalDamageError);
  }
});

for (const mask of [0x01, 0x80, 0xff]) {
  test(`no byte that is changed by ${mask} loses an entry: the damage is told, with its place`, () => {
    for (let at = 0; at < cursor.offset; at++) {
      const flipped = Buffer.from(segment);
      flipped[at] = (flipped[at] ?? 0) ^ mask;
      const batch = starts.findLast((offset) => offset <= at) ?? 0;
      assert.throws(
        () => readSegment("wal", flipped, start),
        (error) =>
          error instanceof WalDamageError && error.message.includes(`\`wal\` is damaged at byte ${batch}:`),
        `byte ${at}`,
      );
    }
  });
}

test("a byte that changed where nothing was written loses nothing", () => {
  for (let at = cursor.offset; at < segmentBytes; at += 97) {
    const flipped = Buffer.from(segment);
    flipped[at] = 1;
    assert.deepEqual(textsOf(readSegment("wal", flipped, start).records), batches.flat());
  }
});

test("any sectors of the last batch may be missing after a crash, and the batches before it are kept", () => {
  const sectors = (cursor.offset - lastStart) / sectorBytes;
  for (let kept = 0; kept < 2 ** sectors - 1; kept++) {
    const torn = Buffer.from(segment);
    for (let sector = 0; sector < sectors; sector++) {
      const at = lastStart + sector * sectorBytes;
      if ((kept & (1 << sector)) === 0) torn.fill(0, at, at + sectorBytes);
    }
    const { records, end, isTorn } = readSegment("wal", torn, start);
    assert.deepEqual(textsOf(records), batches.slice(0, -1).flat());
    assert.equal(end.offset, lastStart);
    assert.equal(isTorn, kept !== 0);
  }
});

test("a missing sector with a batch after it is damage: that batch was written when this one was durable", () => {
  for (let at = 0; at < lastStart; at += sectorBytes) {
    const holed = Buffer.from(segment).fill(0, at, at + sectorBytes);
    assert.throws(() => readSegment("wal", holed, start), WalDamageError);
  }
});

/** Every kind once. */
function effectOf(text: string): Effect {
  const rid = requestId(text.length);
  const effects: readonly Effect[] = [
    { kind: "none" },
    { kind: "opens", rid },
    { kind: "closes", rid },
    { kind: "within", rid },
    { kind: "ends" },
  ];
  return effects[text.charCodeAt(0) % effects.length] ?? { kind: "none" };
}

function textsOf(records: readonly { entry: Uint8Array }[]): string[] {
  return records.map(({ entry }) => Buffer.from(entry).toString());
}
