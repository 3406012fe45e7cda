import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type PassingTime, passingTime } from "../../../test/support/passing-time.ts";
import type { EventSink } from "../exchange/channel.ts";
import { BeatingSink, heartbeatMs } from "./heartbeat.ts";

const beat = ": waiting\n\n";

test("in 40 s of silence the caller hears a comment at least every 15 s, and none in between events", async (t) => {
  const { beating, heard, pass } = listening(t);
  void beating.write("event");
  await pass(40);
  assert.ok(heartbeatMs <= 15_000 && heartbeatMs >= 10_000);
  assert.deepEqual(heard, ["event", beat, beat, beat]);
  await beating.end("last");
  await pass(60);
  assert.equal(heard.at(-1), "last");
});

test("events that come in time are all that is heard", async (t) => {
  const { beating, heard, pass } = listening(t);
  for (let each = 0; each < 6; each++) {
    void beating.write("event");
    await pass(10);
  }
  assert.deepEqual(
    heard,
    Array.from({ length: 6 }, () => "event"),
  );
});

test("a caller that takes nothing is sent no comments on top, and one that takes again is", async (t) => {
  const room = Promise.withResolvers<void>();
  const { beating, heard, pass } = listening(t, room.promise);
  const taken = beating.write("event");
  await pass(120);
  assert.deepEqual(heard, ["event"]);
  room.resolve();
  await taken;
  await pass(15);
  assert.deepEqual(heard, ["event", beat]);
});

for (const { title, end } of [
  { title: "taken", end: (room: PromiseWithResolvers<void>) => room.resolve() },
  { title: "given up", end: (room: PromiseWithResolvers<void>) => room.reject(new Error("gone")) },
]) {
  test(`an answer that was stopped gets no comment, whenever what was being written is ${title}`, async (t) => {
    const room = Promise.withResolvers<void>();
    const { beating, heard, pass } = listening(t, room.promise);
    await pass(heartbeatMs / 1_000 + 1);
    assert.deepEqual(heard, [beat]);
    beating.stop();
    end(room);
    await pass(120);
    assert.equal(heard.length, 1);
  });
}

test("a comment for a request that was stopped meanwhile is not sent, and is nobody's failure", async (t) => {
  const { deadlines, pass } = passingTime(t);
  let writes = 0;
  const sink: EventSink = {
    write() {
      writes++;
      throw new Error("the request was stopped");
    },
    end: async () => true,
  };
  const beating = new BeatingSink(sink, deadlines);
  await pass(60);
  assert.equal(writes, 1);
  beating.stop();
});

interface Listening extends Pick<PassingTime, "pass"> {
  readonly beating: BeatingSink;
  readonly heard: string[];
}

function listening(t: TestContext, room?: Promise<void>): Listening {
  const { deadlines, pass } = passingTime(t);
  const heard: string[] = [];
  const sink: EventSink = {
    write(event) {
      heard.push(String(event));
      return room;
    },
    async end(event) {
      heard.push(event);
      return true;
    },
  };
  return { beating: new BeatingSink(sink, deadlines), heard, pass };
}
