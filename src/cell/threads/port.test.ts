import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { inProcessPorts, type Port } from "./port.ts";

interface Heard {
  readonly messages: readonly unknown[];
  closings: number;
}

function listenAt(port: Port<unknown, unknown>): Heard {
  const messages: unknown[] = [];
  const heard: Heard = { messages, closings: 0 };
  port.onMessage((message) => messages.push(message));
  port.onClosed(() => heard.closings++);
  return heard;
}

test("messages arrive in order, in another turn, and are copies", async () => {
  const [left, right] = inProcessPorts<unknown, unknown>();
  const { messages } = listenAt(right);
  const sent = { places: new Set(["DE"]) };
  left.send(sent);
  left.send(2);
  sent.places.add("US");
  assert.deepEqual(messages, []);
  await turn();
  assert.deepEqual(messages, [{ places: new Set(["DE"]) }, 2]);
});

test("what two threads could not share is refused where it is sent", () => {
  const [left] = inProcessPorts<unknown, unknown>();
  assert.throws(() => left.send({ parse: () => null }), { name: "DataCloneError" });
});

test("what was sent before a port closed still arrives; then both ends hear once that it closed, and nothing more", async () => {
  const [left, right] = inProcessPorts<unknown, unknown>();
  const [atLeft, atRight] = [listenAt(left), listenAt(right)];
  left.send("last");
  left.close();
  left.send("too late");
  right.send("nobody hears");
  right.close();
  await turn();
  assert.deepEqual([atRight.messages, atRight.closings], [["last"], 1]);
  assert.equal(atLeft.closings, 1);
});
