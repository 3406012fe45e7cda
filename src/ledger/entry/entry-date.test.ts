import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decisionEntry,
  lifecycleEntries,
  openedEntry,
  outcomeEntry,
  requestId,
} from "../../../test/support/ledger-entries.ts";
import { encodeUtf8 } from "../../base/index.ts";
import { dateOf, withDate } from "./entry-date.ts";
import { encodeEntry, parseEntry } from "./entry-schema.ts";

test("an entry of each kind that is dated anew is the same entry with another date", () => {
  const entries = [
    openedEntry(0, 1),
    decisionEntry(1),
    outcomeEntry(2, 1, requestId(1)),
    ...lifecycleEntries(3),
  ];
  for (const entry of entries) {
    const bytes = encodeEntry(entry);
    assert.equal(dateOf(bytes), entry.ts);
    for (const ts of [0, 1_795_000_123_456, Number.MAX_SAFE_INTEGER]) {
      const dated = withDate(bytes, ts);
      assert.equal(dateOf(dated), ts);
      const read = parseEntry(dated);
      assert.ok(read.ok);
      assert.deepEqual(read.value, { ...entry, ts });
    }
  }
});

test("bytes that are no entry have no date and stay as they are", () => {
  for (const text of ["", '"ts":', '{"ts":}', '{"ts":-1}', "ts", '{"a":"\\"ts\\":5"}']) {
    const bytes = encodeUtf8(text);
    assert.equal(dateOf(bytes), null);
    assert.equal(withDate(bytes, 1), bytes);
  }
});
