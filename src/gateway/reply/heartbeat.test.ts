import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventSink } from "../exchange/channel.ts";
import { heartbeatMs, withHeartbeat } from "./heartbeat.ts";

test("in 40 s of silence the caller hears a comment at least every 15 s, and none in between events", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { sink, heard } = listening();
  const beating = withHeartbeat(sink);
  await beating.write("event");
  for (let second = 0; second < 40; second++) {
    t.mock.timers.tick(1_000);
    // The beat after one that was written.
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
  }
  assert.ok(heartbeatMs <= 15_000 && heartbeatMs >= 10_000);
  assert.deepEqual(heard, ["event", ": waiting\n\n", ": waiting\n\n", ": waiting\n\n"]);
  await beating.end("last");
  t.mock.timers.tick(60_000);
  assert.equal(heard.at(-1), "last");
});

test("a caller that takes nothing is sent no comments on top", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { sink, heard } = listening(new Promise(() => undefined));
  void withHeartbeat(sink).write("event");
  t.mock.timers.tick(120_000);
  assert.deepEqual(heard, ["event"]);
});

for (const { title, end } of [
  { title: "taken", end: (room: PromiseWithResolvers<void>) => room.resolve() },
  { title: "given up", end: (room: PromiseWithResolvers<void>) => room.reject(new Error("gone")) },
]) {
  test(`an answer that was stopped gets no comment, whenever what was being written is ${title}`, async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const room = Promise.withResolvers<void>();
    const { sink, heard } = listening(room.promise);
    const beating = withHeartbeat(sink);
    t.mock.timers.tick(heartbeatMs);
    assert.deepEqual(heard, [": waiting\n\n"]);
    beating.stop();
    end(room);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    t.mock.timers.tick(120_000);
    assert.equal(heard.length, 1);
  });
}

function listening(room: Promise<void> = Promise.resolve()): { sink: EventSink; heard: string[] } {
  const heard: string[] = [];
  const sink: EventSink = {
    async write(event) {
      heard.push(String(event));
      await room;
    },
    async end(event) {
      heard.push(event);
      return true;
    },
  };
  return { sink, heard };
}
