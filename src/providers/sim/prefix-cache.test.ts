import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { PrefixCache } from "./prefix-cache.ts";

test("a chain matches up to its first block that is not there", () => {
  const cache = new PrefixCache(10);
  cache.keep(["a", "ab", "abc"]);
  assert.equal(cache.match(["a", "ab", "abx", "abc"]), 2);
  assert.equal(cache.match(["x"]), 0);
  assert.equal(cache.match([]), 0);
});

test("the least recently used chain goes first, its deepest block before the others", () => {
  const cache = new PrefixCache(4);
  cache.keep(["a", "ab"]);
  cache.keep(["x", "xy"]);
  cache.keep(["a", "ab"]);
  cache.keep(["n"]);
  assert.equal(cache.match(["a", "ab"]), 2);
  assert.equal(cache.match(["x", "xy"]), 1);
});

test("a chain longer than the cache keeps its beginning", () => {
  const cache = new PrefixCache(2);
  cache.keep(["a", "ab", "abc"]);
  assert.equal(cache.match(["a", "ab", "abc"]), 2);
});

test("whatever is kept, no block is there without its predecessors, and the last chain is there up to the capacity", () => {
  const chain = fc
    .array(fc.constantFrom("a", "b"), { minLength: 1, maxLength: 6 })
    .map((letters) => letters.map((_, index) => letters.slice(0, index + 1).join("")));
  fc.assert(
    fc.property(
      fc.array(chain, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 8 }),
      (chains, capacity) => {
        const cache = new PrefixCache(capacity);
        for (const keys of chains) cache.keep(keys);
        const last = chains.at(-1) ?? [];
        assert.equal(cache.match(last), Math.min(last.length, capacity));
        for (const keys of chains) {
          const present = keys.map((key) => cache.match([key]) === 1);
          assert.equal(present.lastIndexOf(true) + 1, cache.match(keys));
        }
      },
    ),
  );
});
