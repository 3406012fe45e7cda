import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../base/index.ts";
import { foldName } from "./member-name.ts";
import { maxJsonDepth, readJsonSpan, scanJsonObject, scanStrictly } from "./json-members.ts";

const everything = String.raw` {
  "text": "a\"\\\/\b\f\n\r\t\u0041\ud83d\ude00 é 法 😀", "numbers": [0, -0, 1.0, -1.5e+10, 2E-3, 12345678901234567890],
  "words": [true, false, null], "nested": {"a": {"b": [[], {}, ""]}}, "": "empty name"	}`;

test("each member's value is found where it stands, byte for byte", () => {
  const bytes = encodeUtf8('{"größe":1.0, "model" :"a", "big":12345678901234567890 }');
  const members = scanJsonObject(bytes);
  assert.ok(members.ok);
  const spelled = Array.from(members.value, ([name, { start, end }]) => [
    name,
    decodeUtf8(bytes.subarray(start, end)),
  ]);
  assert.deepEqual(spelled, [
    ["größe", "1.0"],
    ["model", '"a"'],
    ["big", "12345678901234567890"],
  ]);
});

test("what JSON.stringify writes is read back member by member", () => {
  const names = fc.string({ unit: "grapheme" });
  const objects = fc.dictionary(names, fc.jsonValue(), { maxKeys: 8 });
  fc.assert(
    fc.property(objects, fc.constantFrom(undefined, 2, "\t"), (object, indent) => {
      fc.pre(new Set(Object.keys(object).map(foldName)).size === Object.keys(object).length);
      const bytes = encodeUtf8(JSON.stringify(object, null, indent));
      const members = scanJsonObject(bytes);
      assert.ok(members.ok);
      const read = Array.from(members.value, ([name, span]) => [name, readJsonSpan(bytes, span)]);
      assert.deepEqual(Object.fromEntries(read), JSON.parse(JSON.stringify(object)));
    }),
  );
});

test("every truncation is refused, at a place inside the text", () => {
  const bytes = encodeUtf8(everything);
  assert.ok(scanJsonObject(bytes).ok);
  for (let length = 0; length < bytes.length; length++) {
    const members = scanJsonObject(bytes.subarray(0, length));
    assert.ok(!members.ok, `${length} bytes were accepted`);
    assert.ok(members.error.offset <= length);
  }
});

test("every byte that is changed is judged as JSON.parse judges it", () => {
  const bytes = encodeUtf8(everything);
  for (let index = 0; index < bytes.length; index++) {
    for (const byte of [0x00, 0x0b, 0x20, 0x22, 0x2c, 0x30, 0x5c, 0x7d, 0x7f, 0x80, 0xc3, 0xed, 0xf4, 0xff]) {
      const changed = Uint8Array.from(bytes);
      changed[index] = byte;
      assert.equal(scanJsonObject(changed).ok, isObjectText(changed), `byte ${index} became ${byte}`);
    }
  }
});

test("any text made of JSON's own pieces is judged as JSON.parse judges it", () => {
  const marks = '{ } [ ] : , " \\ - +'.split(" ");
  const words = ['"a"', "\\u00e9", "0", "01", "1.", ".5", "1e", "1e5", "true", "nul", " ", "\n", "é"];
  const pieces = fc.constantFrom(...marks, ...words);
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const bytes = encodeUtf8(`{"x":${parts.join("")}}`);
      assert.equal(scanJsonObject(bytes).ok, isObjectText(bytes));
    }),
    { numRuns: 5_000 },
  );
});

test("any bytes inside a string are judged as a strict UTF-8 decoder judges them", () => {
  const byte = fc.oneof(
    fc.integer({ min: 0x80, max: 0xff }),
    fc.constantFrom(0x41, 0xe0, 0xed, 0xf0, 0xf4, 0xc1),
  );
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 6 }), (content) => {
      const bytes = Uint8Array.from([...encodeUtf8('{"x":"'), ...content, ...encodeUtf8('"}')]);
      assert.equal(scanJsonObject(bytes).ok, decodeUtf8(bytes) !== null);
    }),
    { numRuns: 20_000 },
  );
});

const refused = [
  { title: "an empty text", text: "", offset: 0, reason: "the text ends too early" },
  { title: "an array", text: "[]", offset: 0, reason: "expected an object" },
  { title: "a byte order mark", text: "\ufeff{}", offset: 0, reason: "expected an object" },
  { title: "text after the object", text: "{} {}", offset: 3, reason: "unexpected text after the object" },
  { title: "a comma too many", text: '{"a":1,}', offset: 7, reason: "expected a member name" },
  { title: "a name without quotes", text: "{a:1}", offset: 1, reason: "expected a member name" },
  { title: "a missing colon", text: '{"a" 1}', offset: 5, reason: "expected `:`" },
  { title: "a number that JSON does not have", text: '{"a":NaN}', offset: 5, reason: "expected a value" },
  { title: "a leading zero", text: '{"a":01}', offset: 6, reason: "expected `,` or `}`" },
  {
    title: "a line break in a string",
    text: '{"a":"\n"}',
    offset: 6,
    reason: "a control character in a string",
  },
  { title: "the same name twice", text: '{"a":1,"a":1}', offset: 7, reason: "a member name appears twice" },
  {
    title: "a name again, escaped",
    text: String.raw`{"a":1,"\u0061":1}`,
    offset: 7,
    reason: "a member name appears twice",
  },
  {
    title: "a name again, in capitals",
    text: '{"a":1,"A":1}',
    offset: 7,
    reason: "a member name appears twice",
  },
  {
    title: "a name again, with a letter that folds onto its own",
    text: '{"s":1,"ſ":1}',
    offset: 7,
    reason: "a member name appears twice",
  },
  {
    title: "a top-level name longer than anybody's",
    text: `{"${"n".repeat(1_100)}":1}`,
    offset: 1,
    reason: "a member name of more than 1024 bytes",
  },
];

for (const { title, text, offset, reason } of refused) {
  test(`${title} is refused with its offset and reason`, () => {
    assert.deepEqual(scanJsonObject(encodeUtf8(text)), { ok: false, error: { offset, reason } });
  });
}

for (const { title, text, offset } of [
  { title: "in a member's value", text: '{"a":{"b":1,"b":2}}', offset: 12 },
  {
    title: "of which the parser keeps the harmless one",
    text: '{"messages":[{"content":[{"image_url":"https://x.test/","image_url":"data:,"}]}]}',
    offset: 56,
  },
  { title: "in other spellings of its letters", text: '{"a":[0,{"url":"","u\\u0072l":""}]}', offset: 18 },
  {
    title: "with a value that has more in it than the other one",
    text: '{"a":{"b":[1,2,{}],"b":1}}',
    offset: 19,
  },
  { title: "of no letters", text: '{"a":{"":1,"":1}}', offset: 11 },
  { title: "that objects have by themselves", text: '{"a":{"__proto__":1,"__proto__":{}}}', offset: 20 },
  { title: "that looks like an index", text: '{"a":[[{"1":1,"0":1,"1":1}]]}', offset: 20 },
  { title: "in an object of its own name", text: '{"a":{"b":{"b":1},"b":1}}', offset: 18 },
])
  test(`a name that stands twice deeper down is refused where it stands again: ${title}`, () => {
    const fault = { offset, reason: "a member name appears twice" };
    assert.deepEqual(scanJsonObject(encodeUtf8(text)), { ok: false, error: fault });
  });

test("a name may stand once in each object, and in other letters deeper down, as in a schema", () => {
  const text = '{"a":{"b":{"a":1,"b":2},"B":{"a":1}},"b":[{"a":1},{"a":1,"A":2},{},[]]}';
  assert.ok(scanJsonObject(encodeUtf8(text)).ok);
});

test("nesting is bounded", () => {
  assert.ok(scanJsonObject(nested(maxJsonDepth)).ok);
  assert.ok(!scanJsonObject(nested(maxJsonDepth + 1)).ok);
  assert.ok(!scanJsonObject(nested(1_000_000)).ok);
});

const tooMuch = [
  {
    title: "1.6 million names",
    text: `{${Array.from({ length: 1_600_000 }, (_, at) => `"${at}":0`).join()}}`,
  },
  {
    title: "arrays 60 deep",
    text: `{"a":[${Array.from({ length: 130_000 }, () => "[".repeat(60) + "]".repeat(60)).join()}]}`,
  },
  { title: "5 million empty objects", text: `{"a":[${"{},".repeat(4_999_999)}{}]}` },
  { title: "numbers in one array", text: `{"a":[${"0,".repeat(300_000)}0]}` },
  {
    title: "names in an object deeper down",
    text: `{"a":{"b":{${Array.from({ length: 5_000 }, (_, at) => `"${at}":0`).join()}}}}`,
  },
];

for (const { title, text } of tooMuch) {
  test(`more values or names than the bounds allow are refused where the first too many stands: ${title}`, () => {
    const bytes = encodeUtf8(text);
    const scanned = scanJsonObject(bytes);
    assert.ok(!scanned.ok);
    assert.match(scanned.error.reason, /^more than \d+ (?:values|members in one object)$/);
    // What comes after it is not looked at: it may be the end of the text or no JSON at all.
    assert.deepEqual(scanJsonObject(bytes.subarray(0, scanned.error.offset + 2)), scanned);
  });
}

test("bounds are those that the caller gives", () => {
  const bytes = encodeUtf8('{"a":[1,2],"b":3}');
  assert.ok(scanJsonObject(bytes, { maxValues: 4, maxNames: 2 }).ok);
  assert.ok(!scanJsonObject(bytes, { maxValues: 3, maxNames: 2 }).ok);
  assert.ok(!scanJsonObject(bytes, { maxValues: 4, maxNames: 1 }).ok);
});

test("a member called __proto__ is a member like any other", () => {
  const members = scanJsonObject(encodeUtf8('{"__proto__":1}'));
  assert.ok(members.ok);
  assert.deepEqual([...members.value.keys()], ["__proto__"]);
});

function nested(depth: number): Uint8Array {
  return encodeUtf8(`{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`);
}

/** The oracle: a strict decoder, JSON.parse, and no name twice (no case here makes one). */
function isObjectText(bytes: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(decodeUtf8(bytes) ?? "");
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Of pieces that JSON is made of, most of them in order: long texts, escapes at each place, what only resembles a member. */
const longText = fc
  .array(
    fc.constantFrom("plain ", '\\"', "\\\\", "\\u0041", "é", "法", "{", "}", ",", ":", "[", " ".repeat(60)),
    { maxLength: 40 },
  )
  .map((parts) => `"${parts.join("")}"`);
const { tree } = fc.letrec<{ tree: string; object: string }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    longText,
    fc.constantFrom("1", "-0.5e+3", "true", "null", "{}", "[]", "[ ]", "nul", "01", ""),
    fc.array(tie("tree"), { maxLength: 4 }).map((items) => `[${items.join(" ,")}]`),
    tie("object"),
  ),
  object: fc
    .array(
      fc
        .tuple(
          fc.oneof(
            fc.constantFrom(
              '"a"',
              '"A"',
              '"model"',
              '"mod\\u0065l"',
              '"é"',
              '"__proto__"',
              '"1"',
              '"\u017f"',
              "a",
            ),
            longText,
          ),
          fc.constantFrom(":", " : ", ",", ""),
          tie("tree"),
        )
        .map(([name, between, value]) => `${name}${between}${value}`),
      { maxLength: 4 },
    )
    .map((members) => `{${members.join(",\n")}}`),
}));
const bodies = fc.oneof(
  tree.map((value) => `{"messages": ${value} , "b":${value}}`),
  tree,
  fc.tuple(tree, fc.constantFrom(" ", "x", "\u0000", "{}")).map((parts) => parts.join("")),
);

test("read by the engine's parser or byte by byte, a text has one verdict, and its members one place and one value", () => {
  let accepted = 0;
  const bounds = fc.record({
    maxValues: fc.constantFrom(3, 12, 1_000),
    maxNames: fc.constantFrom(0, 1, 3, 1_000),
  });
  fc.assert(
    fc.property(bodies, bounds, fc.option(fc.nat(), { freq: 3 }), (text, most, damage) => {
      const bytes = encodeUtf8(text);
      if (damage !== null && bytes.length > 0) bytes[damage % bytes.length] = damage % 256;
      const [seen, strict] = [scanJsonObject(bytes, most), scanStrictly(bytes, most)];
      assert.equal(seen.ok, strict.ok);
      if (!seen.ok || !strict.ok) return assert.deepEqual(seen, strict);
      accepted++;
      const told = (members: typeof seen.value): unknown =>
        Array.from(members, ([name, span]) => [name, span.start, span.end, readJsonSpan(bytes, span)]);
      assert.deepEqual(told(seen.value), told(strict.value));
    }),
    { numRuns: 4_000 },
  );
  assert.ok(accepted > 100, `${accepted} were accepted`);
});
