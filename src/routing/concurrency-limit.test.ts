import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { momentAt } from "../../test/support/moment-at.ts";
import { ConcurrencyLimit } from "./concurrency-limit.ts";

interface Engine {
  readonly limit: ConcurrencyLimit;
  nowMs: number;
}

function engine(): Engine {
  return { limit: new ConcurrencyLimit(), nowMs: 0 };
}

/**
 * As many at once as are wished and let in, round after round; an engine with room for `capacity` refuses the others, of
 * whichever callers they are.
 */
function run(
  it: Engine,
  { rounds, wished, capacity, callers = ["a", "b"] }: Run,
): { readonly refused: number; readonly answered: number } {
  let [refused, answered] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    it.nowMs += 100;
    const begun: { readonly caller: string; readonly of: number }[] = [];
    for (let each = 0; each < wished && it.limit.hasRoom(0); each++) {
      const caller = callers[(each + round) % callers.length] ?? "a";
      begun.push({ caller, of: it.limit.begin(caller, momentAt(it.nowMs)) });
    }
    // A refusal is quicker than an answer.
    for (const { caller, of } of begun.slice(capacity)) {
      it.limit.overloaded(of, caller, momentAt(it.nowMs));
      it.limit.end();
      refused++;
    }
    for (const { of } of begun.slice(0, capacity)) {
      it.limit.answered(of, momentAt(it.nowMs));
      it.limit.end();
      answered++;
    }
  }
  return { refused, answered };
}

interface Run {
  readonly rounds: number;
  readonly wished: number;
  readonly capacity: number;
  readonly callers?: readonly string[];
}

test("an engine that refuses nothing has no limit, however late it answers", () => {
  const it = engine();
  run(it, { rounds: 50, wished: 300, capacity: 1_000 });
  assert.equal(it.limit.most, Number.POSITIVE_INFINITY);
});

for (const capacity of [8, 20, 60]) {
  test(`an engine with room for ${capacity} is soon given about as many, whatever callers wish`, () => {
    const it = engine();
    run(it, { rounds: 60, wished: 100, capacity });
    const { refused, answered } = run(it, { rounds: 100, wished: 100, capacity });
    assert.ok(refused < answered / 5, `${refused} refused, ${answered} answered`);
    assert.ok(answered > 100 * capacity * 0.7, `${answered} answered of ${100 * capacity}`);
  });
}

test("room that comes back is found again, until there is no limit any more", () => {
  const it = engine();
  run(it, { rounds: 60, wished: 100, capacity: 10 });
  assert.ok(it.limit.most < 20);
  run(it, { rounds: 100, wished: 100, capacity: 1_000 });
  assert.ok(it.limit.most > 100, String(it.limit.most));
  run(it, { rounds: 200, wished: 10_000, capacity: 10_000 });
  assert.equal(it.limit.most, Number.POSITIVE_INFINITY);
});

test("a limit that nobody comes near does not grow", () => {
  const it = engine();
  run(it, { rounds: 60, wished: 100, capacity: 40 });
  const before = it.limit.most;
  run(it, { rounds: 100, wished: 4, capacity: 40 });
  assert.equal(it.limit.most, before);
});

test("no sequence of one caller's refusals lowers the limit while others ask too", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("refused", "own", "other"), { maxLength: 300 }), (signs) => {
      const limit = new ConcurrencyLimit();
      let nowMs = 0;
      limit.begin("other", momentAt(0));
      for (const sign of signs) {
        nowMs += 50;
        const round = limit.begin(sign === "other" ? "other" : "one", momentAt(nowMs));
        if (sign === "refused") limit.overloaded(round, "one", momentAt(nowMs));
        else limit.answered(round, momentAt(nowMs));
        if (nowMs % 200 === 0) limit.end();
      }
      assert.equal(limit.most, Number.POSITIVE_INFINITY);
    }),
  );
});

test("the only caller there is lowers it alone", () => {
  const it = engine();
  run(it, { rounds: 60, wished: 100, capacity: 10, callers: ["a"] });
  assert.ok(it.limit.most < 20, String(it.limit.most));
});

test("whatever comes, four at once are let in, and it is lowered by nothing but signs of overload", () => {
  const sign = fc.record({
    kind: fc.constantFrom("answered", "overloaded", "ended"),
    caller: fc.constantFrom("a", "b", "c"),
    byMs: fc.integer({ min: 0, max: 40_000 }),
  });
  fc.assert(
    fc.property(fc.array(sign, { maxLength: 400 }), (signs) => {
      const limit = new ConcurrencyLimit();
      let [nowMs, inFlight] = [0, 0];
      for (const { kind, caller, byMs } of signs) {
        nowMs += byMs;
        if (kind === "ended" && inFlight > 0) {
          limit.end();
          inFlight--;
        } else {
          const round = limit.begin(caller, momentAt(nowMs));
          inFlight++;
          if (kind === "overloaded") limit.overloaded(round, caller, momentAt(nowMs));
          else limit.answered(round, momentAt(nowMs));
        }
        assert.ok(limit.most >= 4);
        assert.equal(limit.hasRoom(0), inFlight < limit.most);
      }
      const hasSign = signs.some(({ kind }) => kind === "overloaded");
      if (!hasSign) assert.equal(limit.most, Number.POSITIVE_INFINITY);
    }),
  );
});
