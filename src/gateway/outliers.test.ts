import assert from "node:assert/strict";
import { test } from "node:test";
import { askChat } from "../../test/support/ask.ts";
import { momentAt } from "../../test/support/moment-at.ts";
import { chunkEvent, startRawUpstream, streamHead } from "../../test/support/raw-http.ts";
import { startTestCell, testPolicy } from "../../test/support/test-cell.ts";
import { monotonicNow } from "../clock/index.ts";

/** Three equals that share by weight, so that nobody's latency moves the shares. */
const policy = testPolicy
  .replace(
    "endpoints:\n",
    "endpoints:\n  fra-4: { cell: eu-frankfurt, engine: sim, url: http://127.0.0.1:1, operator: rhein-cloud, place: DE }\n",
  )
  .replace(
    "models:\n",
    "models:\n  trio: { served-by: { fra-1: { model: assistant, weight: 1 }, fra-2: { model: assistant, weight: 1 }, fra-4: { model: assistant, weight: 1 } } }\n",
  );

test("an endpoint whose first tokens come late gets nothing for a while, and is tried again after it", async (t) => {
  let aheadMs = 0;
  let count = 0;
  // By the clock of the cell, which otherwise hardly goes: the test neither takes as long, nor depends on how long it takes.
  const slow = await startRawUpstream(t, (socket, request) => {
    if (request.startsWith("POST ")) {
      aheadMs += 3_000;
      count++;
    }
    socket.end(`${streamHead}${chunkEvent("late")}data: [DONE]\n\n`);
  });
  const cell = await startTestCell(t, {
    policy,
    urls: { "fra-1": slow.url },
    monotonicNow: () => momentAt(monotonicNow() / 100 + aheadMs),
  });
  const ask = async (times: number): Promise<void> => {
    for (let turn = 0; turn < times; turn++)
      assert.equal((await askChat(cell, { model: "trio", isStream: true })).status, 200);
  };
  const line = 'bailiwick_endpoint_outlier{cell="eu-frankfurt",endpoint="fra-1",model="trio"}';
  for (let turn = 0; turn < 60 && !cell.metrics().includes(`${line} 1\n`); turn++) await ask(1);
  assert.ok(cell.metrics().includes(`${line} 1\n`));
  assert.ok(count >= 10 && count < 20, `${count} attempts told`);
  const before = count;
  await ask(9);
  assert.equal(count, before);
  aheadMs += 11_000;
  await ask(6);
  assert.ok(count > before);
  assert.ok(cell.metrics().includes(`${line} 0\n`));
});
