import assert from "node:assert/strict";
import { test } from "node:test";
import { originOf, witnessNameOf } from "./shard.ts";

const identity = { deployment: "acme.example", jurisdiction: "AE+DIFC", cell: "ae-difc", replica: null };

test("a cell in a private legal order has an origin that can name a key", () => {
  assert.equal(originOf(identity, "2026-11"), "acme.example/ledger/AE.DIFC/ae-difc/2026-11");
});

test("each replica of a cell has a log of its own name, and the cell's witness one for all", () => {
  const [a, b] = ["a", "b"].map((replica) => ({ ...identity, replica }));
  assert.ok(a && b);
  assert.equal(originOf(a, "2026-11"), "acme.example/ledger/AE.DIFC/ae-difc/a/2026-11");
  assert.equal(originOf(b, "2026-11"), "acme.example/ledger/AE.DIFC/ae-difc/b/2026-11");
  assert.equal(witnessNameOf(a), witnessNameOf(b));
});
