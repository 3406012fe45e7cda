// What a second attempt beside a first one takes of its caller's limits, by real sockets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { askAdmin } from "../../test/support/ask-admin.ts";
import { askChat, chatBody } from "../../test/support/ask.ts";
import { limitedPolicy } from "../../test/support/limited-policy.ts";
import { momentAt } from "../../test/support/moment-at.ts";
import { hedgesIn, saying, startRacingCell } from "../../test/support/racing-engines.ts";
import type { TestCell } from "../../test/support/test-cell.ts";
import type { MonotonicMs } from "../base/index.ts";
import type { LimitStanding } from "./index.ts";

const afterMs = 500;
const endpoints = ["near", "far"];

/** No bucket refills. */
const monotonicNow = (): MonotonicMs => momentAt(1_000);
const alike = limitedPolicy({
  tenantLimits: "{ tokens-per-minute: TOKENS, budget: { amount: 1, currency: EUR, per: day } }",
})
  .replace("order: 2, ", "")
  .replace("  assistant:\n", `  assistant:\n    hedge: { after-ms: ${afterMs} }\n`);
const bound = Buffer.byteLength(chatBody()) + 200;

test("tokens and money of two attempts are held, and what nobody knows of the one that was left stays", async (t) => {
  const policy = alike.replace("TOKENS", "100000");
  const { cell, arrivals, came, play } = await startRacingCell(t, { policy, endpoints, monotonicNow });
  const asked = askChat(cell, { tenant: "buyer" });
  await came(1);
  const once = await used(cell, "tokens-per-minute");
  await came(2);
  assert.deepEqual([once, await used(cell, "tokens-per-minute")], [bound, 2 * bound]);
  // At the dearer of the two, each: ten and twenty euros a million.
  assert.equal(await used(cell, "budget"), 2 * mostCost(10));
  play(1, saying("second"));
  assert.equal((await asked).status, 200);
  assert.equal(await used(cell, "tokens-per-minute"), 5 + bound);
  const dear = (at: number): number => (arrivals[at]?.endpoint === "far" ? 10 : 1);
  assert.equal(await used(cell, "budget"), (3 * dear(1) + 2 * 2 * dear(1)) / 1e6 + mostCost(dear(0)));
  assert.match(cell.metrics(), /bailiwick_limit_usage_unknown_total\{[^}]*\} 1\n/);
});

test("who has tokens for one attempt alone is served by one, and not refused", async (t) => {
  const policy = alike.replace("TOKENS", String(bound + 50));
  const { cell, arrivals, came, play } = await startRacingCell(t, { policy, endpoints });
  const asked = askChat(cell, { tenant: "buyer" });
  await came(1);
  await pause(2 * afterMs);
  assert.equal(arrivals.length, 1);
  play(0, saying("first"));
  assert.equal((await asked).status, 200);
  assert.deepEqual(hedgesIn(cell), { withheld: 1 });
});

function mostCost(dear: number): number {
  return ((bound - 200) * dear + 200 * 2 * dear) / 1e6;
}

async function used(cell: TestCell, limit: string): Promise<number | undefined> {
  const { body } = await askAdmin(cell, "GET", "/admin/limits");
  const { limits } = body as { readonly limits: readonly LimitStanding[] };
  return limits.find((each) => each.level === "tenant" && each.limit === limit)?.used;
}
