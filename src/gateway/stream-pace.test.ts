import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { askChat } from "../../test/support/ask.ts";
import { chunkEvent, startRawUpstream, streamHead } from "../../test/support/raw-http.ts";
import { startTestCell, type TestCell } from "../../test/support/test-cell.ts";

/** An engine that says `piece` every 20 ms, as often as it may, and then ends. */
async function startWith(
  t: TestContext,
  { piece, times, leastStreamEvents }: { piece: string; times: number; leastStreamEvents: number },
): Promise<{ readonly cell: TestCell; readonly closed: () => Promise<void> }> {
  const upstream = await startRawUpstream(t, async (socket) => {
    socket.write(streamHead + chunkEvent("Hi"));
    for (let each = 0; each < times && !socket.destroyed; each++) {
      socket.write(piece);
      await pause(20);
    }
    socket.end("data: [DONE]\n\n");
  });
  const limits = { leastStreamEvents, slowStreamMs: 200 };
  return {
    cell: await startTestCell(t, { urls: { "fra-1": upstream.url }, limits }),
    closed: () => upstream.closed(),
  };
}

const ask = { model: "solo", isStream: true };

for (const { title, piece, leastStreamEvents } of [
  { title: "events below the pace", piece: chunkEvent("and"), leastStreamEvents: 100 },
  { title: "nothing but comments", piece: ": thinking\n\n", leastStreamEvents: 1 },
]) {
  test(`a stream that goes on with ${title} is ended as slow, and its engine is told`, async (t) => {
    const { cell, closed } = await startWith(t, { piece, times: 10_000, leastStreamEvents });
    const answer = await askChat(cell, ask);
    assert.equal(answer.status, 200);
    assert.match(answer.text, /provider_interrupted/);
    assert.match(answer.text, /`slow`/);
    await closed();
    const outcome = cell.entries.at(-1);
    assert.ok(outcome?.t === "outcome" && outcome.v === 3);
    assert.deepEqual([outcome.result, outcome.attempts[0]?.failure], ["interrupted", "slow"]);
    assert.match(cell.metrics(), /bailiwick_attempt_failures_total\{.*failure="slow"\} 1\n/);
  });
}

test("a stream with an event in each piece keeps a pace of one, and without a stated pace comments are enough", async (t) => {
  for (const { piece, leastStreamEvents } of [
    { piece: chunkEvent("and"), leastStreamEvents: 1 },
    { piece: ": thinking\n\n", leastStreamEvents: 0 },
  ]) {
    const { cell } = await startWith(t, { piece, times: 20, leastStreamEvents });
    assert.match((await askChat(cell, ask)).text, /data: \[DONE\]\n\n$/);
    const outcome = cell.entries.at(-1);
    assert.equal(outcome?.t === "outcome" && outcome.result, "complete");
  }
});
