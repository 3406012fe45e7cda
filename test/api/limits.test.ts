// Limits of tokens hold for every operation: by a bound before anything is sent, and by what the engine counted after.
import assert from "node:assert/strict";
import { test } from "node:test";
import { askAdmin } from "../support/ask-admin.ts";
import { limitedPolicy } from "../support/limited-policy.ts";
import { momentAt } from "../support/moment-at.ts";
import { askSample, operationSamples } from "../support/operation-samples.ts";
import { startTestCell } from "../support/test-cell.ts";

/** A bucket does not refill. */
const stopped = { monotonicNow: () => momentAt(1_000) };
const asked = { tenant: "one", model: "cheap" };

const [chat] = operationSamples;
assert.ok(chat);

for (const sample of operationSamples) {
  const isFree = sample.operation === "count_tokens";

  test(`${sample.path} is refused where a limit of tokens is spent, and nothing is sent`, async (t) => {
    const policy = limitedPolicy({ tenantLimits: "{ tokens-per-minute: 1 }" });
    const cell = await startTestCell(t, { policy, ...stopped });
    await (await askSample(cell, chat, asked)).text();
    const answer = await askSample(cell, sample, asked);
    assert.equal(answer.status, 429);
    assert.match(sample.errorOf(await answer.text()).message, /tokens/);
    assert.equal(await cell.requestsAt("near"), 1);
  });

  test(`${sample.path} settles for what was counted`, async (t) => {
    const policy = limitedPolicy({ tenantLimits: "{ tokens-per-minute: 100000 }" });
    const cell = await startTestCell(t, { policy, ...stopped });
    const answer = await askSample(cell, sample, asked);
    assert.equal(answer.status, 200, await answer.clone().text());
    await answer.text();
    const outcome = cell.entries.find((entry) => entry.t === "outcome");
    const { body } = await askAdmin(cell, "GET", "/admin/limits");
    const { limits } = body as {
      readonly limits: readonly { readonly limit: string; readonly used: number }[];
    };
    const used = limits.find(({ limit }) => limit === "tokens-per-minute")?.used;
    assert.ok(outcome?.t === "outcome" && used !== undefined);
    assert.ok(isFree ? used === 0 : used > 0 && used < 1_000, `used ${used}`);
  });
}
