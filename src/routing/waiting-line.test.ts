import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { momentAt } from "../../test/support/moment-at.ts";
import { lowerPriority, priorities, type Priority, stepMs } from "./line-order.ts";
import { WaitingLine } from "./waiting-line.ts";

interface Waiter {
  readonly keys: readonly string[];
  readonly caller: string;
  readonly priority: Priority;
  readonly cameAtMs: number;
  /** `waits`, `left`, `gave way`, or the key where he was granted. */
  fate: string;
  leave: () => void;
}

const rankOf = ({ priority }: Pick<Waiter, "priority">): number => priorities.indexOf(priority);

/** By how much later one may come than another who waits, and be served before him. */
const headStartMs = (first: Pick<Waiter, "priority">, other: Pick<Waiter, "priority">): number =>
  (rankOf(first) - rankOf(other)) * stepMs;

/** Whether the one goes before the other, who came before him. */
function overtakes(later: Pick<Waiter, "priority" | "cameAtMs">, earlier: Waiter): boolean {
  const isHigher = rankOf(later) > rankOf(earlier);
  return isHigher && later.cameAtMs - earlier.cameAtMs <= headStartMs(later, earlier);
}

/** Whoever is before all others, of those who are given in the order in which they came. */
function firstOf(waiters: readonly Waiter[]): Waiter | undefined {
  return waiters.find((each, at) =>
    waiters.every((other, place) =>
      place < at ? overtakes(each, other) : !(place > at && overtakes(other, each)),
    ),
  );
}

/** The newest of the lowest whom the newcomer would overtake, and not at the very moment at which both are equal. */
function displacedBy(newcomer: Waiter, waiters: readonly Waiter[]): Waiter | undefined {
  const behind = waiters.filter(
    (each) =>
      rankOf(each) < rankOf(newcomer) && newcomer.cameAtMs - each.cameAtMs < headStartMs(newcomer, each),
  );
  const lowest = Math.min(...behind.map(rankOf));
  return behind.findLast((each) => rankOf(each) === lowest);
}

const keys = ["x", "y", "z"] as const;
const step = fc.record({
  // Few moments, so that many turns are equal.
  afterMs: fc.constantFrom(0, 0, 0, 1, stepMs / 2, stepMs, 2 * stepMs),
  does: fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("enter" as const),
        keys: fc.uniqueArray(fc.constantFrom(...keys), { minLength: 1 }),
        caller: fc.constantFrom("a", "b", "c", "d", "e", "f"),
        priority: fc.constantFrom(...priorities),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("grant" as const), key: fc.constantFrom(...keys) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("leave" as const), which: fc.nat(20) }) },
  ),
});

test("in every sequence each is granted once, in the order of the line, gives way to whom he is behind, or has left", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), fc.integer({ min: 0, max: 8 }), (steps, most) => {
      const line = new WaitingLine<string>(most);
      const waiters: Waiter[] = [];
      const waiting = (): typeof waiters => waiters.filter(({ fate }) => fate === "waits");
      let nowMs = 0;
      for (const { afterMs, does } of steps) {
        nowMs += afterMs;
        if (does.kind === "enter") {
          const waiter: Waiter = { ...does, cameAtMs: nowMs, fate: "waits", leave: () => undefined };
          const isOneOfTooMany =
            waiting().filter(({ caller }) => caller === does.caller).length >= Math.ceil(most / 2);
          const displaced = waiting().length < most ? undefined : displacedBy(waiter, waiting());
          const isLetIn = !isOneOfTooMany && (waiting().length < most || displaced !== undefined);
          const settle = (fate: string): void => {
            assert.equal(waiter.fate, "waits");
            waiter.fate = fate;
          };
          const entrance = line.enter(
            { ...does, leftMs: Number.POSITIVE_INFINITY, grant: settle, giveWay: () => settle("gave way") },
            momentAt(nowMs),
          );
          assert.equal(entrance.kind, isLetIn ? "waits" : "refused");
          if (displaced) assert.equal(displaced.fate, isLetIn ? "gave way" : "waits");
          if (entrance.kind === "waits") waiters.push(Object.assign(waiter, { leave: entrance.leave }));
        } else if (does.kind === "grant") {
          const there = waiting().filter((each) => each.keys.includes(does.key));
          const first = firstOf(there);
          assert.equal(first === undefined, there.length === 0, "the order of the line has a first one");
          assert.equal(line.grantNext(does.key, momentAt(nowMs)), first !== undefined);
          if (first) assert.equal(first.fate, does.key);
        } else {
          const waiter = waiters[does.which % Math.max(1, waiters.length)];
          waiter?.leave();
          if (waiter?.fate === "waits") waiter.fate = "left";
        }
        assert.equal(line.size, waiting().length);
      }
    }),
  );
});

test("nobody starves: however many of higher priority come, who waits is served before those that come a bound later", () => {
  const arrival = fc.record({
    afterMs: fc.integer({ min: 1, max: 900 }),
    priority: fc.constantFrom(...priorities),
  });
  fc.assert(
    fc.property(
      fc.constantFrom(...priorities),
      fc.array(arrival, { minLength: 200, maxLength: 300 }),
      (priority, arrivals) => {
        const line = new WaitingLine<string>(1_000_000);
        const served: Pick<Waiter, "priority" | "cameAtMs">[] = [];
        const enter = (each: Pick<Waiter, "priority" | "cameAtMs">): void => {
          const grant = (): void => void served.push(each);
          const of = { keys: ["x"], caller: "a", priority: each.priority, leftMs: Number.POSITIVE_INFINITY };
          assert.equal(line.enter({ ...of, grant, giveWay: noPlace }, momentAt(each.cameAtMs)).kind, "waits");
        };
        const watched = { priority, cameAtMs: 0 };
        enter(watched);
        let nowMs = 0;
        for (const [at, { afterMs, priority: theirs }] of arrivals.entries()) {
          nowMs += afterMs;
          enter({ priority: theirs, cameAtMs: nowMs });
          // Half as many are served as come, so the line only grows.
          if (at % 2 === 0) line.grantNext("x", momentAt(nowMs));
        }
        while (line.grantNext("x", momentAt(nowMs)));
        const before = served.slice(0, served.indexOf(watched));
        for (const each of before)
          assert.ok(each.cameAtMs <= headStartMs(each, watched), JSON.stringify(each));
      },
    ),
    { numRuns: 50 },
  );
});

function noPlace(): void {
  assert.fail("there was a place for all");
}

const nobody = {
  keys: ["x"],
  caller: "a",
  priority: "normal",
  leftMs: 60_000,
  grant: () => undefined,
  giveWay: () => undefined,
} as const;

test("of two credentials together the lower priority counts", () => {
  for (const [one, other, lower] of [
    ["low", "high", "low"],
    ["high", "normal", "normal"],
    ["high", "high", "high"],
  ] as const)
    assert.deepEqual([lowerPriority(one, other), lowerPriority(other, one)], [lower, lower]);
});

test("whose time would be over before his turn is refused at once, with the wait that he would have had", () => {
  const line = new WaitingLine<string>(100);
  for (let each = 0; each < 12; each++) line.enter({ ...nobody }, momentAt(0));
  for (const atMs of [0, 2_000, 4_000]) line.grantNext("x", momentAt(atMs));
  // Nine before him, and one is let go in two seconds.
  assert.deepEqual(line.enter({ ...nobody, leftMs: 19_000 }, momentAt(4_000)), {
    kind: "refused",
    waitMs: 20_000,
  });
  assert.equal(line.enter({ ...nobody, leftMs: 20_000 }, momentAt(4_000)).kind, "waits");
});

test("those whom he would overtake do not count for his wait, and those who have waited long enough do", () => {
  const line = new WaitingLine<string>(100);
  for (let each = 0; each < 12; each++) line.enter({ ...nobody }, momentAt(0));
  for (const atMs of [0, 2_000, 4_000]) line.grantNext("x", momentAt(atMs));
  const waitOf = (priority: Priority, atMs: number): unknown =>
    line.enter({ ...nobody, priority, leftMs: 0 }, momentAt(atMs));
  assert.deepEqual(waitOf("high", 4_000), { kind: "refused", waitMs: 2_000 });
  assert.deepEqual(waitOf("high", stepMs), { kind: "refused", waitMs: 2_000 });
  assert.deepEqual(waitOf("high", stepMs + 1), { kind: "refused", waitMs: 20_000 });
  assert.deepEqual(waitOf("low", 4_000), { kind: "refused", waitMs: 20_000 });
});

test("who may go to several waits for the shortest of their lines", () => {
  const line = new WaitingLine<string>(100);
  for (let each = 0; each < 12; each++) line.enter({ ...nobody }, momentAt(0));
  for (let each = 0; each < 3; each++) line.enter({ ...nobody, keys: ["y"], caller: "b" }, momentAt(0));
  for (const atMs of [0, 2_000]) for (const key of ["x", "y"]) line.grantNext(key, momentAt(atMs));
  assert.equal(line.enter({ ...nobody, leftMs: 4_000 }, momentAt(2_000)).kind, "refused");
  assert.equal(line.enter({ ...nobody, keys: ["x", "y"], leftMs: 4_000 }, momentAt(2_000)).kind, "waits");
});

test("one caller has half of the places at most, and the others find theirs", () => {
  const line = new WaitingLine<string>(10);
  const entrances = Array.from({ length: 8 }, () => line.enter({ ...nobody }, momentAt(0)).kind);
  assert.equal(entrances.filter((kind) => kind === "waits").length, 5);
  assert.equal(line.enter({ ...nobody, caller: "b" }, momentAt(0)).kind, "waits");
});

test("who gives way is told how long it would have been, and nobody gives way to one who could not be served in time", () => {
  const line = new WaitingLine<string>(4);
  const told: number[] = [];
  for (const caller of ["a", "a", "b", "b"])
    line.enter({ ...nobody, caller, priority: "low", giveWay: (waitMs) => told.push(waitMs) }, momentAt(0));
  for (const atMs of [0, 1_000]) line.grantNext("x", momentAt(atMs));
  for (const caller of ["c", "d"]) line.enter({ ...nobody, caller }, momentAt(1_000));
  const hasty = { ...nobody, caller: "e", priority: "high" } as const;
  assert.equal(line.enter({ ...hasty, leftMs: 999 }, momentAt(1_000)).kind, "refused");
  assert.deepEqual(told, []);
  assert.equal(line.enter(hasty, momentAt(1_000)).kind, "waits");
  // One low and two normal ones are before one more of its kind, and one is let go in a second.
  assert.deepEqual(told, [4_000]);
});
