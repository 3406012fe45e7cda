import assert from "node:assert/strict";
import { test } from "node:test";
import {
  array,
  assert as assertProperty,
  dictionary,
  jsonValue,
  nat,
  pre,
  property,
  string,
} from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../base/index.ts";
import { BrokenJsonError, JsonRecords, maxRecordBytes } from "./json-records.ts";

/** The records of `text`, which comes in pieces that end at `cuts`. */
function recordsOf(text: string, cuts: readonly number[] = []): readonly unknown[] {
  const bytes = encodeUtf8(text);
  const ends = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])];
  const records = new JsonRecords("Records");
  const found: Uint8Array[] = [];
  let from = 0;
  for (const end of ends.toSorted((left, right) => left - right)) {
    found.push(...records.push(bytes.subarray(from, end)));
    from = end;
  }
  records.end();
  return found.map((record) => JSON.parse(decodeUtf8(record) ?? "") as unknown);
}

const record = dictionary(string({ unit: "grapheme" }), jsonValue());
const forms: readonly { title: string; write: (records: readonly unknown[]) => string }[] = [
  { title: "one a line", write: (records) => records.map((each) => `${JSON.stringify(each)}\n`).join("") },
  { title: "one behind the other", write: (records) => records.map((each) => JSON.stringify(each)).join("") },
  { title: "over several lines", write: (records) => JSON.stringify(records, null, 2) },
  { title: "a list", write: (records) => JSON.stringify(records) },
  { title: "a wrapper's list", write: (records) => JSON.stringify({ Records: records }) },
  {
    title: "a wrapper's list among other members",
    write: (records) => ` { "Records" : ${JSON.stringify(records)}, "Next": {"a": [1]}, "n": 1 }\n`,
  },
];

for (const { title, write } of forms) {
  test(`records as ${title} come out as they went in, wherever the text is cut`, () => {
    assertProperty(
      property(array(record, { maxLength: 6 }), array(nat(), { maxLength: 8 }), (records, cuts) => {
        // Such a record alone in a line is a wrapper, and nobody can tell.
        pre(records.every((each) => !("Records" in each)));
        assert.deepEqual(recordsOf(write(records), cuts), JSON.parse(JSON.stringify(records)));
      }),
    );
  });
}

test("a text that ends in the middle, anywhere, is told as cut", () => {
  const text = JSON.stringify({ Records: [{ a: 'x"}' }, { b: ["\\", { c: 1 }] }] });
  for (let end = 1; end < text.length; end++)
    assert.throws(() => recordsOf(text.slice(0, end)), BrokenJsonError, text.slice(0, end));
});

for (const text of ['{"a":1} x', "[1]", '["a"]', "[[{}]]", "}", '{"Records":[null]}', "<html>", '"a"']) {
  test(`${text} is no text of records`, () => {
    assert.throws(() => recordsOf(text), BrokenJsonError);
  });
}

test("records before the place where a text is broken come out", () => {
  const records = new JsonRecords("Records");
  assert.equal(records.push(encodeUtf8('{"a":1}{"b":2} x {"c":3}')).length, 2);
  assert.match(records.fault?.message ?? "", /^byte 15: /);
  assert.throws(() => records.push(encodeUtf8("{}")), BrokenJsonError);
});

test("a record that does not end takes no more memory than a record may", () => {
  const records = new JsonRecords("Records");
  const piece = Buffer.alloc(1024 * 1024, "a");
  records.push(encodeUtf8('{"a":"'));
  assert.throws(() => {
    for (let count = 0; count <= maxRecordBytes / piece.length; count++) records.push(piece);
    records.end();
  }, /a record is longer than/);
});
