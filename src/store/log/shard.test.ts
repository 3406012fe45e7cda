import assert from "node:assert/strict";
import { test } from "node:test";
import { originOf } from "./shard.ts";

test("a cell in a private legal order has an origin that can name a key", () => {
  const identity = { deployment: "acme.example", jurisdiction: "AE+DIFC", cell: "ae-difc" };
  assert.equal(originOf(identity, "2026-11"), "acme.example/ledger/AE.DIFC/ae-difc/2026-11");
});
