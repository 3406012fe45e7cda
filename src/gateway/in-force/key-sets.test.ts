import assert from "node:assert/strict";
import { test } from "node:test";
import { momentAt } from "../../../test/support/moment-at.ts";
import { testKey } from "../../../test/support/test-tokens.ts";
import { KeySets, type HeldKeySet } from "./key-sets.ts";

const hourMs = 3_600_000;
const fetchedAtMs = Date.UTC(2026, 10, 30);

/** Fetched when the steady clock was at nought. */
const held: HeldKeySet = {
  id: "a",
  text: JSON.stringify({ keys: [testKey("only", "EdDSA").jwk] }),
  serial: 1,
  fetchedAtMs,
  agesFrom: momentAt(0),
  maxAgeMs: 24 * hourMs,
};

test("a thread in the place of one that was lost counts the age of keys from when they were fetched, whatever the wall clock says", async () => {
  let steadyMs = 20 * hourMs;
  // Somebody has set it back.
  const now = (): number => fetchedAtMs + hourMs;
  const replacement = new KeySets({
    now,
    monotonicNow: () => momentAt(steadyMs),
    wanted: () => assert.fail("it is told by the test"),
  });
  await replacement.take("a", held);
  assert.notEqual(replacement.find("a"), null);
  steadyMs += 5 * hourMs;
  assert.equal(replacement.find("a"), null);
  await replacement.take("a", { ...held, serial: 2 });
  assert.equal(replacement.find("a"), null, "told once more they are no younger");
  await replacement.take("a", { ...held, serial: 3, agesFrom: momentAt(steadyMs) });
  assert.notEqual(replacement.find("a"), null);
});
