// Breaks every storage call in every way, takes the power away or only the process, opens the log again, and looks.
// `npm run test:crash` looks at more than ten thousand disks; otherwise every fourth call is broken once, others each time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isEveryCrash, sampledCalls } from "../../test/support/crash-sample.ts";
import { countCalls, crashAndCheck, workUnbroken } from "../../test/support/crash-trial.ts";
import { faultKinds } from "../../test/support/simulated-disk.ts";

/** What is lost of what was not synced is drawn anew in each. */
const rounds = isEveryCrash ? 4 : 1;

test("the workload of these tests opens twice, rotates segments, seals and closes, without a fault", async () => {
  assert.ok((await workUnbroken()) > 20);
});

for (const [order, kind] of faultKinds.entries()) {
  test(`whatever call meets ${kind}, nothing acknowledged is lost and nothing signed is contradicted`, async (t) => {
    const callCount = await countCalls();
    const step = isEveryCrash ? 1 : 4;
    const least = isEveryCrash ? 10_000 : 900;
    assert.ok((callCount / step) * faultKinds.length * rounds * 2 > least, `only ${callCount} calls`);
    let diskCount = 0;
    for (let round = 0; round < rounds; round++) {
      for (const call of sampledCalls(t, { callCount, step, order })) {
        diskCount += await crashAndCheck({ fault: { call, kind }, seed: call + round * 100_000 });
      }
    }
    t.diagnostic(`${diskCount} disks after a crash`);
  });
}
