import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndpointId, TenantId } from "../../base/index.ts";
import type { RoutingFacts } from "../../routing/index.ts";
import { parseHybridCondition } from "./hybrid-condition.ts";

const facts: RoutingFacts = {
  tenant: "demo-bank" as TenantId,
  classes: ["health", "special", "personal"],
  subjects: ["DE", "CA-QC"],
  // A Friday.
  nowMs: Date.parse("2026-11-20T18:30:00Z"),
  service: {
    homeAvailable: 2,
    homeLatencyMs: 250,
    homeErrorShare: null,
    latencyMs: new Map([["fra-1" as EndpointId, 250]]),
    errorShare: new Map(),
  },
};

const conditions: readonly (readonly [string, boolean | "errs"])[] = [
  ["true", true],
  ['tenant == "demo-bank"', true],
  ['tenant in ["demo-shop", "demo-clinic"]', false],
  ['"health" in classes', true],
  ['"financial" in classes || "genetic" in classes', false],
  ['subjects.exists(place, place.startsWith("CA"))', true],
  ['subjects.all(place, place == "DE")', false],
  ["size(subjects) > 1", true],
  ["hour == 18 && weekday == 5", true],
  ["homeAvailable == 0", false],
  ["homeLatencyMs > 200.0", true],
  ['latencyMs["fra-1"] > 200.0', true],
  ['"fra-2" in latencyMs && latencyMs["fra-2"] > 200.0', false],
  ['latencyMs["fra-2"] > 200.0', "errs"],
  ["homeErrorShare > 0.5", "errs"],
  ["homeAvailable == 2 || homeErrorShare > 0.5", true],
];

for (const [text, expected] of conditions) {
  test(`\`${text}\` is ${expected}`, () => {
    const parsed = parseHybridCondition(text);
    assert.ok(parsed.ok, parsed.ok ? "" : parsed.error);
    if (expected === "errs") assert.throws(() => parsed.value(facts));
    else assert.equal(parsed.value(facts), expected);
  });
}

for (const [at, weekday] of [
  ["1969-12-31T23:59:59Z", 3],
  ["1970-01-01T00:00:00Z", 4],
  ["2026-11-22T23:59:59Z", 7],
  ["2026-11-23T00:00:00Z", 1],
] as const) {
  test(`${at} is day ${weekday} of the week, in UTC`, () => {
    const parsed = parseHybridCondition(`weekday == ${weekday}`);
    assert.ok(parsed.ok && parsed.value({ ...facts, nowMs: Date.parse(at) }));
  });
}

const nested = (depth: number): string =>
  depth === 0 ? "true" : `classes.all(c${depth}, ${nested(depth - 1)})`;
const hostile = [
  { title: "a macro in a macro", text: nested(2) },
  { title: "macros nested deeply", text: nested(12) },
  { title: "a macro in what a macro goes over", text: "[classes.all(c, true)].exists(x, x)" },
  { title: "text that grows", text: 'tenant + tenant + tenant == "x"' },
  { title: "lists that grow", text: "size(classes + classes) > 1" },
  { title: "a list that is built", text: "classes.map(c, [c, c]).size() > 0" },
  { title: "a list that is filtered", text: "classes.filter(c, true).size() > 0" },
  { title: "a pattern that backtracks", text: 'tenant.matches("(a+)+$")' },
  { title: "arithmetic", text: "hour * hour > 3" },
  { title: "a conversion", text: "string(hour) == '1'" },
  { title: "another clock", text: 'timestamp("2026-01-01T00:00:00Z") == timestamp("2026-01-01T00:00:00Z")' },
  { title: "a mapping", text: '{"a": 1}["a"] == 1' },
  { title: "more nodes than fit", text: Array.from({ length: 120 }, () => "hour==1").join("||") },
  { title: "more characters than fit", text: `tenant == "${"x".repeat(1_000)}"` },
  { title: "brackets without end", text: `${"(".repeat(400)}true${")".repeat(400)}` },
  { title: "negations without end", text: `${"!".repeat(900)}true` },
  { title: "no condition", text: "tenant" },
  { title: "an unknown name", text: "prompt.contains('x')" },
  { title: "types that do not fit", text: "hour == tenant" },
  { title: "nothing", text: "" },
  { title: "a name of JavaScript's", text: "constructor.constructor" },
  { title: "the prototype of a map", text: "latencyMs.__proto__ == latencyMs" },
];
for (const { title, text } of hostile) {
  test(`${title} is refused when it is read`, () => assert.equal(parseHybridCondition(text).ok, false));
}

test("whatever is read ends soon and never throws while it is read, cut anywhere", () => {
  for (const [text] of conditions) {
    for (let at = 0; at < text.length; at++) {
      const parsed = parseHybridCondition(text.slice(0, at));
      if (!parsed.ok) continue;
      try {
        assert.equal(typeof parsed.value(facts), "boolean");
      } catch (error) {
        assert.ok(error instanceof Error);
      }
    }
  }
});
