import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { formatTilePath, parseTilePath, tileHolding, type TileName } from "./tile.ts";

const named: readonly { readonly path: string; readonly name: TileName }[] = [
  { path: "tile/0/000", name: { level: 0, index: 0, width: 256 } },
  { path: "tile/0/x001/x234/067", name: { level: 0, index: 1_234_067, width: 256 } },
  { path: "tile/63/x001/000.p/255", name: { level: 63, index: 1000, width: 255 } },
  { path: "tile/entries/999.p/1", name: { level: "entries", index: 999, width: 1 } },
];

for (const { path, name } of named) {
  test(`the path \`${path}\` is written and read`, () => {
    assert.equal(formatTilePath(name), path);
    assert.deepEqual(parseTilePath(path), name);
  });
}

test("a name that is not spelt as the specification says names no tile", () => {
  const misspelt = [
    "",
    "tile/0/00",
    "tile/0/0000",
    "tile/00/000",
    "tile/64/000",
    "tile/0/x000/001",
    "tile/0/001/001",
    "tile/0/x001",
    "tile/0/000.p/0",
    "tile/0/000.p/01",
    "tile/0/000.p/256",
    "tile/0/000.p/",
    "tile/data/000",
    "tile/0/000\n",
    "/tile/0/000",
    "tile/0/../000",
    "tile/0/x999/x999/x999/x999/x999/999",
  ];
  for (const path of misspelt) assert.equal(parseTilePath(path), null, path);
});

test("every name that can be written is read back", () => {
  const level = fc.oneof(fc.integer({ min: 0, max: 63 }), fc.constant("entries" as const));
  const name = fc.record(
    {
      level,
      index: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      width: fc.integer({ min: 1, max: 256 }),
    },
    { noNullPrototype: true },
  );
  fc.assert(fc.property(name, (name) => assert.deepEqual(parseTilePath(formatTilePath(name)), name)));
});

test("the tile that holds a position is as wide as the tree makes it", () => {
  assert.deepEqual(tileHolding(255, 0, 300), { level: 0, index: 0, width: 256 });
  assert.deepEqual(tileHolding(256, "entries", 300), { level: "entries", index: 1, width: 44 });
  assert.deepEqual(tileHolding(0, 1, 300), { level: 1, index: 0, width: 1 });
});
