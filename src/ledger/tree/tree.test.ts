import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { sha256 } from "../../../test/support/ledger-crypto.ts";
import { fromHex, toHex } from "../../base/index.ts";
import { emptyRoot, leafHash, nodeHash } from "./merkle.ts";
import { formatTilePath, type Tile, type TileName, tileWidth } from "./tile.ts";
import { openTree, TileLengthError, type TreeBuilder } from "./tree.ts";

const leaves = Array.from({ length: 70_000 }, (_, index) =>
  leafHash(sha256, Uint8Array.of(index >> 16, index >> 8, index)),
);

test("the roots of the first nine trees are those that RFC 6962 implementations agree on", () => {
  const entries = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
  ];
  const roots = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ];
  const tree = emptyTree();
  const grown = entries.map((entry) => {
    tree.append(leafHash(sha256, fromHex(entry) ?? assert.fail()));
    return toHex(tree.root());
  });
  assert.deepEqual([toHex(emptyTree().root()), ...grown], roots);
});

test("the root is the one that RFC 9162 defines by splitting, at every size up to 600", () => {
  const tree = emptyTree();
  for (let size = 0; size <= 600; size++) {
    assert.deepEqual(tree.root(), merkleTreeHash(leaves.slice(0, size)), `size ${size}`);
    tree.append(leafAt(size));
  }
});

test("the root is right around the first full tile of level 1", () => {
  const tree = grow(emptyTree(), 65_535);
  for (let size = 65_535; size < 65_538; size++) {
    assert.deepEqual(tree.root(), merkleTreeHash(leaves.slice(0, size)), `size ${size}`);
    tree.append(leafAt(size));
  }
});

test("a tree of 70,000 leaves has the tiles that the specification counts", () => {
  const paths = pathsOf(grow(emptyTree(), 70_000).takeTiles());
  assert.equal(paths.length, 277);
  assert.deepEqual(paths.slice(-3), ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]);
  assert.deepEqual(pathsOf(grow(emptyTree(), 256).takeTiles()), ["tile/0/000", "tile/1/000.p/1"]);
});

test("the tiles that are taken are full and partial ones of the present size, and nothing twice", () => {
  const tree = grow(emptyTree(), 600);
  assert.deepEqual(pathsOf(tree.takeTiles()), [
    "tile/0/000",
    "tile/0/001",
    "tile/0/002.p/88",
    "tile/1/000.p/2",
  ]);
  assert.deepEqual(tree.takeTiles(), []);
  tree.append(leafAt(600));
  assert.deepEqual(pathsOf(tree.takeTiles()), ["tile/0/002.p/89"]);
});

test("a tree that was taken from is not changed by what is done to the tiles", () => {
  const tree = grow(emptyTree(), 300);
  for (const { bytes } of tree.takeTiles()) bytes.fill(0);
  assert.deepEqual(tree.root(), merkleTreeHash(leaves.slice(0, 300)));
});

test("a tree grown in any steps, reopened from its tiles at any of them, equals the tree grown at once", () => {
  const step = fc.record({ count: fc.integer({ min: 0, max: 700 }), reopens: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const files = new Map<string, Uint8Array>();
      let tree = emptyTree();
      for (const { count, reopens } of steps) {
        grow(tree, count);
        store(files, tree.takeTiles());
        if (reopens) tree = openTree(sha256, tree.size, readFrom(files));
      }
      const atOnce = grow(emptyTree(), tree.size);
      assert.deepEqual(tree.root(), atOnce.root());
      const expected = store(new Map(), atOnce.takeTiles());
      for (const [path, bytes] of expected) assert.deepEqual(files.get(path), bytes, path);
    }),
    { numRuns: 40 },
  );
});

test("a tree reopened at a size above a full tile of level 1 goes on as if it had never been closed", () => {
  const files = new Map<string, Uint8Array>();
  const tree = grow(emptyTree(), 65_900);
  store(files, tree.takeTiles());
  const reopened = openTree(sha256, tree.size, readFrom(files));
  assert.deepEqual(grow(reopened, 100).root(), grow(tree, 100).root());
  assert.deepEqual(reopened.takeTiles(), tree.takeTiles());
});

test("a tile of another length than the size asks for is refused by its path", () => {
  for (const length of [0, 31, 43 * 32, 45 * 32, tileWidth * 32]) {
    assert.throws(
      () => openTree(sha256, 300, () => new Uint8Array(length)),
      (error) => error instanceof TileLengthError && error.path === "tile/0/001.p/44",
    );
  }
});

test("a leaf hash that is not 32 bytes long is refused and leaves the tree as it was", () => {
  const tree = grow(emptyTree(), 3);
  assert.throws(() => tree.append(new Uint8Array(31)), RangeError);
  assert.equal(tree.size, 3);
  assert.deepEqual(tree.root(), merkleTreeHash(leaves.slice(0, 3)));
});

/** The definition of RFC 9162 §2.1.1, word for word. */
function merkleTreeHash(hashes: readonly Uint8Array[]): Uint8Array {
  const [only] = hashes;
  if (only === undefined) return emptyRoot(sha256);
  if (hashes.length === 1) return only;
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return nodeHash(sha256, merkleTreeHash(hashes.slice(0, split)), merkleTreeHash(hashes.slice(split)));
}

function emptyTree(): TreeBuilder {
  return openTree(sha256, 0, () => assert.fail("an empty tree has no tiles"));
}

function grow(tree: TreeBuilder, count: number): TreeBuilder {
  for (let added = 0; added < count; added++) tree.append(leafAt(tree.size));
  return tree;
}

function leafAt(index: number): Uint8Array {
  return leaves[index] ?? assert.fail(`no leaf ${index}`);
}

function pathsOf(tiles: readonly Tile[]): string[] {
  return tiles.map(({ name }) => formatTilePath(name));
}

function store(files: Map<string, Uint8Array>, tiles: readonly Tile[]): Map<string, Uint8Array> {
  for (const { name, bytes } of tiles) files.set(formatTilePath(name), bytes);
  return files;
}

function readFrom(files: ReadonlyMap<string, Uint8Array>): (name: TileName) => Uint8Array {
  return (name) => files.get(formatTilePath(name)) ?? assert.fail(formatTilePath(name));
}
