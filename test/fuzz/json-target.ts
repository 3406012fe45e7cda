// Members of a JSON object: the scanner takes what JSON.parse takes and the bounds allow, and says of each member where it stands.
import { isDeepStrictEqual } from "node:util";
import { scanJsonObject } from "../../src/wire/index.ts";
import { membersOf } from "./json-oracle.ts";
import type { Random } from "./random.ts";
import { damaged, type Target, type Tried } from "./target.ts";

export const jsonTarget: Target = { name: "json", tryOne };

const spaces = ["", "", "", " ", "\n", "\t\r\n "];
const names = [
  "model",
  "Model",
  "mod\\u0065l",
  "MODEL",
  "ſtream",
  "stream",
  "ß",
  "ss",
  "__proto__",
  "",
  "a",
  "b",
  "a.b",
  "\\ud83c\\udf0d",
  "é",
  "n".repeat(1_030),
];
const strings = [
  "",
  "x",
  "漢字",
  "é",
  "🌍",
  "\\n\\t\\\\",
  '\\"',
  "\\u00e9",
  "\\ud800",
  "\\/",
  "\u007f",
  "]",
  "}",
  ",",
  ":",
  "{",
  "x".repeat(70),
];
const numbers = ["0", "-0", "1.0", "1e5", "1E+05", "-1.5e-7", "123456789012345678901234567890", "1e999"];
/** What is nearly JSON. */
const oddities = [
  "01",
  "1.",
  ".5",
  "+1",
  "1e",
  "NaN",
  "'x'",
  "tru",
  "nul",
  "True",
  "\u00a0",
  '"\\x"',
  '"\\u12"',
  '"\t"',
  "[1,]",
  '{"a":1,}',
  "[,1]",
  "/**/1",
  "\uFEFF1",
  "--1",
  "[1 2]",
  '{"a" 1}',
  "{a:1}",
];

function tryOne(random: Random): Tried {
  const whole = new TextEncoder().encode(documentText(random));
  const input = random.chance(0.35) ? damaged(whole, random) : whole;
  const bounds = random.chance(0.7)
    ? { maxValues: 100_000, maxNames: 10_000 }
    : { maxValues: random.below(20), maxNames: random.below(6) };
  const expected = membersOf(input, bounds);
  const scanned = scanJsonObject(input, bounds);
  if (!scanned.ok) {
    const isInside = scanned.error.offset >= 0 && scanned.error.offset <= input.length;
    if ("refused" in expected && isInside) return { kind: expected.refused };
    return { difference: JSON.stringify({ seen: scanned.error, expected }), input };
  }
  const seen = [...scanned.value].map(([name, span]) => ({ name, ...span, text: textOf(input, span) }));
  if ("refused" in expected || !isDeepStrictEqual(seen, expected.members)) {
    return { difference: JSON.stringify({ seen, expected }), input };
  }
  return { kind: seen.length === 0 ? "empty" : "members" };
}

/** As it is read from the span, written again, so that two of them can be compared. */
function textOf(input: Uint8Array, span: { readonly start: number; readonly end: number }): string {
  return JSON.stringify(JSON.parse(new TextDecoder().decode(input.subarray(span.start, span.end))));
}

function documentText(random: Random): string {
  const space = (): string => random.pick(spaces);
  if (random.chance(0.02)) return deep(random);
  const top = random.chance(0.93) ? objectText(random, 3) : valueText(random, 3);
  return space() + top + space() + (random.chance(0.03) ? random.pick(["x", ",", "{}", "\u0000"]) : "");
}

/** Around the bound of 128 levels. */
function deep(random: Random): string {
  const levels = 124 + random.below(8);
  return `{"a":${"[".repeat(levels)}1${"]".repeat(levels)}}`;
}

function objectText(random: Random, depth: number): string {
  const space = (): string => random.pick(spaces);
  const members = random.some(
    5,
    () => `${space()}"${random.pick(names)}"${space()}:${space()}${valueText(random, depth)}${space()}`,
  );
  return `{${space()}${members.join(",")}}`;
}

function valueText(random: Random, depth: number): string {
  const kind = random.below(depth > 0 ? 7 : 4);
  if (random.chance(0.01)) return random.pick(oddities);
  if (kind === 0) return random.pick(numbers);
  if (kind === 1) return random.pick(["true", "false", "null"]);
  if (kind <= 3) return `"${random.pick(strings)}"`;
  if (kind <= 5) return objectText(random, depth - 1);
  return `[${random.some(4, () => valueText(random, depth - 1)).join(random.pick([",", " , "]))}]`;
}
