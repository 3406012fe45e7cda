import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { momentAt } from "../../test/support/moment-at.ts";
import { WaitingLine } from "./waiting-line.ts";

interface Waiter {
  readonly keys: readonly string[];
  readonly caller: string;
  /** `waits`, `left`, or the key where he was granted. */
  fate: string;
  leave: () => void;
}

test("in every sequence each is granted once, at a key of his, in the order in which they came, or has left", () => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constant("enter" as const),
      keys: fc.uniqueArray(fc.constantFrom("x", "y", "z"), { minLength: 1 }),
      caller: fc.constantFrom("a", "b"),
    }),
    fc.record({ kind: fc.constant("grant" as const), key: fc.constantFrom("x", "y", "z") }),
    fc.record({ kind: fc.constant("leave" as const), which: fc.nat(20) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), fc.integer({ min: 0, max: 12 }), (steps, most) => {
      const line = new WaitingLine<string>(most);
      const waiters: Waiter[] = [];
      const waiting = (): typeof waiters => waiters.filter(({ fate }) => fate === "waits");
      for (const [nowMs, each] of steps.entries()) {
        if (each.kind === "enter") {
          const { keys, caller } = each;
          const waiter: Waiter = { keys, caller, fate: "waits", leave: () => undefined };
          const own = waiting().filter((other) => other.caller === caller).length;
          const entrance = line.enter({
            keys,
            caller,
            leftMs: Number.POSITIVE_INFINITY,
            grant(key) {
              assert.equal(waiter.fate, "waits");
              assert.ok(waiter.keys.includes(key));
              waiter.fate = key;
            },
          });
          const isLetIn = waiting().length < most && own < Math.ceil(most / 2);
          assert.equal(entrance.kind, isLetIn ? "waits" : "refused");
          if (entrance.kind === "waits") waiters.push(Object.assign(waiter, { leave: entrance.leave }));
        } else if (each.kind === "grant") {
          const [first] = waiting().filter(({ keys }) => keys.includes(each.key));
          assert.equal(line.grantNext(each.key, momentAt(nowMs)), first !== undefined);
          if (first) assert.equal(first.fate, each.key);
        } else {
          const waiter = waiters[each.which % Math.max(1, waiters.length)];
          waiter?.leave();
          if (waiter?.fate === "waits") waiter.fate = "left";
        }
        assert.equal(line.size, waiting().length);
      }
    }),
  );
});

const nobody = { keys: ["x"], caller: "a", leftMs: 60_000, grant: () => undefined };

test("whose time would be over before his turn is refused at once, with the wait that he would have had", () => {
  const line = new WaitingLine<string>(100);
  for (let each = 0; each < 12; each++) line.enter({ ...nobody });
  for (const atMs of [0, 2_000, 4_000]) line.grantNext("x", momentAt(atMs));
  // Nine before him, and one is let go in two seconds.
  assert.deepEqual(line.enter({ ...nobody, leftMs: 19_000 }), { kind: "refused", waitMs: 20_000 });
  assert.equal(line.enter({ ...nobody, leftMs: 20_000 }).kind, "waits");
});

test("who may go to several waits for the shortest of their lines", () => {
  const line = new WaitingLine<string>(100);
  for (let each = 0; each < 12; each++) line.enter({ ...nobody });
  for (let each = 0; each < 3; each++) line.enter({ ...nobody, keys: ["y"], caller: "b" });
  for (const atMs of [0, 2_000]) for (const key of ["x", "y"]) line.grantNext(key, momentAt(atMs));
  assert.equal(line.enter({ ...nobody, leftMs: 4_000 }).kind, "refused");
  assert.equal(line.enter({ ...nobody, keys: ["x", "y"], leftMs: 4_000 }).kind, "waits");
});

test("one caller has half of the places at most, and the others find theirs", () => {
  const line = new WaitingLine<string>(10);
  const entrances = Array.from({ length: 8 }, () => line.enter({ ...nobody }).kind);
  assert.equal(entrances.filter((kind) => kind === "waits").length, 5);
  assert.equal(line.enter({ ...nobody, caller: "b" }).kind, "waits");
});
