import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../base/index.ts";
import { itemSpans } from "./array-items.ts";

function itemsOf(text: string): readonly unknown[] {
  const bytes = encodeUtf8(`x${text}y`);
  return itemSpans(bytes, { start: 1, end: bytes.length - 1 }).map(({ start, end }): unknown =>
    JSON.parse(decodeUtf8(bytes.subarray(start, end)) ?? ""),
  );
}

test("items of an array are found, whatever stands in them and between them", () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.constantFrom(undefined, 1, "\t"), (items, indent) => {
      const text = JSON.stringify(items, null, indent);
      assert.deepEqual(itemsOf(text), JSON.parse(text));
    }),
  );
});

test("brackets, commas and quotes in texts are none", () => {
  assert.deepEqual(itemsOf(String.raw`[ "a,]\"\\" , {"b}":"[,"},[[ ]] ,7 ]`), [
    'a,]"\\',
    { "b}": "[," },
    [[]],
    7,
  ]);
  assert.deepEqual(itemsOf("[ ]"), []);
});
