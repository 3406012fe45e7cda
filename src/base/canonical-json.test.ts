import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { canonicalJson, type Json } from "./canonical-json.ts";

// RFC 8785 Appendix B: IEEE 754 bits in hex, and the JSON number they are.
const numbers: readonly (readonly [bits: string, written: string])[] = [
  ["0000000000000000", "0"],
  ["8000000000000000", "0"],
  ["0000000000000001", "5e-324"],
  ["8000000000000001", "-5e-324"],
  ["7fefffffffffffff", "1.7976931348623157e+308"],
  ["ffefffffffffffff", "-1.7976931348623157e+308"],
  ["4340000000000000", "9007199254740992"],
  ["c340000000000000", "-9007199254740992"],
  ["4430000000000000", "295147905179352830000"],
  ["44b52d02c7e14af5", "9.999999999999997e+22"],
  ["44b52d02c7e14af6", "1e+23"],
  ["44b52d02c7e14af7", "1.0000000000000001e+23"],
  ["444b1ae4d6e2ef4e", "999999999999999700000"],
  ["444b1ae4d6e2ef4f", "999999999999999900000"],
  ["444b1ae4d6e2ef50", "1e+21"],
  ["3eb0c6f7a0b5ed8c", "9.999999999999997e-7"],
  ["3eb0c6f7a0b5ed8d", "0.000001"],
  ["41b3de4355555553", "333333333.3333332"],
  ["41b3de4355555554", "333333333.33333325"],
  ["41b3de4355555555", "333333333.3333333"],
  ["41b3de4355555556", "333333333.3333334"],
  ["41b3de4355555557", "333333333.33333343"],
  ["becbf647612f3696", "-0.0000033333333333333333"],
  ["43143ff3c1cb0959", "1424953923781206.2"],
];

for (const [bits, written] of numbers) {
  test(`the number with bits ${bits} is written ${written}`, () => {
    const value = Buffer.from(bits, "hex").readDoubleBE();
    assert.equal(canonicalJson(value), written);
  });
}

test("members are sorted by UTF-16 code units, not by code points (RFC 8785 §3.2.3)", () => {
  const input: Json = {
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One",
    "\ud83d\ude00": "Emoji: Grinning Face",
    "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis",
  };
  assert.deepEqual(Object.values(JSON.parse(canonicalJson(input)) as Record<string, string>).slice(1), [
    "Carriage Return",
    "Control",
    "Latin Small Letter O With Diaeresis",
    "Euro Sign",
    "Emoji: Grinning Face",
    "Hebrew Letter Dalet With Dagesh",
  ]);
});

test("the example of RFC 8785 §3.2.2 is written as §3.2.3 shows it", () => {
  const text = String.raw`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  }`;
  assert.equal(
    canonicalJson(JSON.parse(text) as Json),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
      '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
});

const withoutForm: readonly { readonly title: string; readonly value: unknown }[] = [
  { title: "NaN", value: Number.NaN },
  { title: "infinity", value: [Number.NEGATIVE_INFINITY] },
  { title: "a lone high surrogate", value: { a: "\ud83d" } },
  { title: "a lone low surrogate in a member's name", value: { "\ude00": 1 } },
  { title: "an undefined member", value: { a: undefined } },
  { title: "a hole in an array", value: Object.assign([1], { length: 2 }) },
];

for (const { title, value } of withoutForm) {
  test(`${title} has no canonical form`, () => {
    assert.throws(() => canonicalJson(value as Json), TypeError);
  });
}

test("a member called __proto__ is a member", () => {
  const text = '{"__proto__":1,"a":2}';
  assert.equal(canonicalJson(JSON.parse(text) as Json), text);
});

test("canonical text says the same as its value, and the order of members does not show", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value as Json);
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
      assert.equal(canonicalJson(reversed(value as Json)), text);
    }),
    { numRuns: 1000 },
  );
});

function reversed(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map(reversed);
  const members = Object.entries(value as Readonly<Record<string, Json>>);
  return Object.fromEntries(members.toReversed().map(([name, member]) => [name, reversed(member)]));
}
