// Breaks every storage call in every way, takes the power away or only the process, opens the log again, and looks.
// `npm run test:crash` looks at more than ten thousand disks; otherwise every other call is broken once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { countCalls, crashAndCheck, workUnbroken } from "../../test/support/crash-trial.ts";
import { faultKinds } from "../../test/support/simulated-disk.ts";

const isFull = process.env["BAILIWICK_CRASH"] === "all";
/** What is lost of what was not synced is drawn anew in each. */
const rounds = isFull ? 4 : 1;

test("the workload of these tests opens twice, rotates segments, seals and closes, without a fault", async () => {
  assert.ok((await workUnbroken()) > 20);
});

for (const [order, kind] of faultKinds.entries()) {
  test(`whatever call meets ${kind}, nothing acknowledged is lost and nothing signed is contradicted`, async (t) => {
    const callCount = await countCalls();
    const least = isFull ? 10_000 : 2_000;
    const step = isFull ? 1 : 2;
    assert.ok((callCount / step) * faultKinds.length * rounds * 2 > least, `only ${callCount} calls`);
    let diskCount = 0;
    for (let round = 0; round < rounds; round++) {
      // Half of the kinds take the odd calls.
      for (let call = 1 + (order % step); call <= callCount; call += step) {
        diskCount += await crashAndCheck({ fault: { call, kind }, seed: call + round * 100_000 });
      }
    }
    t.diagnostic(`${diskCount} disks after a crash`);
  });
}
