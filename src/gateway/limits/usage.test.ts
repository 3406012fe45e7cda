import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { EndpointId } from "../../base/index.ts";
import { moneyOf, type Price, pricePerToken, unitsOf } from "../../config/index.ts";
import { boundOf, costOf, dearestOf, mostCostOf, type Told, usagesOf } from "./usage.ts";

const near = "near" as EndpointId;
const counted = { input: 10, output: 5, cached: 4 };

type Attempt = Told["attempts"][number];
const answered: Attempt = { endpoint: near, sent: true, failure: null, usage: null };

const rows: readonly {
  readonly title: string;
  readonly told: Told;
  readonly used: "all" | "unknown" | "nothing";
}[] = [
  { title: "counts", told: of({ ...answered, usage: counted }), used: "all" },
  { title: "an answer without counts", told: of(answered), used: "unknown" },
  { title: "no byte", told: failed({ ...answered, sent: false, failure: "unreachable" }), used: "nothing" },
  { title: "silence", told: failed({ ...answered, failure: "silent" }), used: "unknown" },
  { title: "an error's status", told: failed({ ...answered, failure: "status_500" }), used: "nothing" },
  {
    title: "a refusal",
    told: { ...of({ ...answered, failure: "rejected" }), result: "refused" },
    used: "nothing",
  },
  {
    title: "an error in the middle of an answer",
    told: { ...of({ ...answered, failure: "status_500" }), result: "interrupted" },
    used: "unknown",
  },
  {
    title: "an attempt of which the entry does not say whether it was sent",
    told: failed({ ...answered, sent: null }),
    used: "unknown",
  },
];

for (const { title, told, used } of rows) {
  test(`${title}: ${used === "all" ? "is what was used" : `${used} was used`}`, () => {
    const expected = { all: [counted], unknown: [null], nothing: [] }[used];
    assert.deepEqual(
      usagesOf(told).map(({ tokens }) => tokens),
      expected,
    );
  });
}

function of(attempt: Attempt): Told {
  return { result: "complete", attempts: [attempt], answeredBy: 0 };
}

function failed(attempt: Attempt): Told {
  return { result: "failed", attempts: [attempt], answeredBy: null };
}

test("a request is bound by its bytes and its own word, and by the model where that is less", () => {
  const body = new Uint8Array(300);
  const bound = (tokens: number | null, answers = 1): object =>
    boundOf({ body, answerBound: { prompts: 1, tokens, answers } }, { context: 1_000, output: 50 });
  assert.deepEqual(bound(null), { input: 300, output: 50 });
  assert.deepEqual(bound(20, 3), { input: 300, output: 60 });
  assert.deepEqual(bound(80), { input: 300, output: 50 });
  const prompts = (count: number): object =>
    boundOf(
      { body, answerBound: { prompts: count, tokens: null, answers: count } },
      { context: 100, output: 50 },
    );
  assert.deepEqual(prompts(1), { input: 100, output: 50 });
  // Each prompt has the model's context to itself.
  assert.deepEqual(prompts(2), { input: 200, output: 100 });
});

test("a text that is read several times is bounded by what it is together, and by the context of each", () => {
  const body = new Uint8Array(100);
  const bound = (context: number): number =>
    boundOf({ body, answerBound: { prompts: 3, tokens: 0, answers: 1, bytes: 160 } }, { context, output: 50 })
      .input;
  assert.deepEqual([bound(1_000), bound(50)], [160, 150]);
});

test("what is used within a bound costs no more than the bound does, at any endpoint and the dearest of them", () => {
  const money = fc.integer({ min: 0, max: 1_000_000_000 }).map((units) => pricePerToken(units / 1_000_000));
  const price = fc.record({ input: money, cached: money, output: money, currency: fc.constant("EUR") });
  const count = fc.integer({ min: 0, max: 1_000_000 });
  fc.assert(
    fc.property(fc.array(price, { minLength: 1 }), count, count, count, (prices, input, output, cached) => {
      const dearest = dearestOf(prices);
      assert.ok(dearest);
      for (const each of prices) {
        const cost = costOf({ input, output, cached: Math.min(cached, input) }, each);
        assert.ok(cost <= mostCostOf({ input, output }, each));
        assert.ok(mostCostOf({ input, output }, each) <= mostCostOf({ input, output }, dearest));
      }
    }),
  );
});

test("prices are exact where a number of the machine is not", () => {
  const price: Price = {
    input: pricePerToken(0.1),
    cached: pricePerToken(0.01875),
    output: pricePerToken(0.3),
    currency: "EUR",
  };
  const each = costOf({ input: 1, output: 1, cached: 0 }, price);
  assert.equal(each * 1_000_000n, moneyOf(0.4));
  assert.equal(unitsOf(costOf({ input: 1_000_000, output: 0, cached: 1_000_000 }, price)), 0.01875);
});
