// What every index does, whatever database is behind it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { EntryIndex } from "../../src/base/index.ts";
import * as fc from "fast-check";
import type { Entry, LogHead } from "../../src/ledger/index.ts";
import { BatchBuilder } from "../../src/store/search-index/index-batch.ts";
import {
  type IndexBatch,
  IndexMovedError,
  type IndexQuery,
  type SearchIndex,
  UnusableIndexError,
} from "../../src/store/search-index/search-index.ts";
import { smallMonth } from "../support/indexed-entries.ts";
import { origin } from "../support/ledger-entries.ts";

const startMs = 1_795_000_000_000;
const bank = "1".repeat(32);
const clinic = "a".repeat(32);

/** `open` gives an empty index; null where its database is not installed, which is said as the reason to skip. */
export function describeSearchIndex(
  name: string,
  { open, missing }: { readonly open: () => Promise<SearchIndex | null>; readonly missing: string },
): void {
  describe(name, () => {
    let opened: SearchIndex | null = null;
    before(async () => {
      opened = await open();
      for (const batch of batchesOf(origin, smallMonth(), [4, 19])) await opened?.add(batch);
    });
    after(() => opened?.close());
    const it = (title: string, check: (index: SearchIndex) => Promise<void>): void => {
      test(title, (context) => (opened === null ? context.skip(missing) : check(opened)));
    };

    const cases: readonly { title: string; query: Partial<IndexQuery>; found: readonly number[] }[] = [
      {
        title: "everything, in order",
        query: {},
        found: [0, 1, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18],
      },
      { title: "a kind", query: { kind: "violation" }, found: [7] },
      { title: "a request with all that belongs to it", query: { requestId: hex(3) }, found: [3, 5, 6, 7] },
      {
        title: "a tenant, also of what followed its decision",
        query: { tenant: clinic },
        found: [3, 4, 5, 6, 7],
      },
      {
        title: "a subject, also in erasures, holds, disclosures and opened records",
        query: { subject: "2".repeat(32) },
        found: [1, 10, 11, 12, 13, 18],
      },
      { title: "a verdict", query: { verdict: "refuse" }, found: [4] },
      { title: "an error of a refusal", query: { error: "policy_no_lawful_endpoint" }, found: [4] },
      { title: "an error of an outcome", query: { error: "upstream_unavailable" }, found: [3] },
      { title: "evidence", query: { evidence: "E1-own" }, found: [1] },
      { title: "an endpoint that answered", query: { endpoint: "fra-1" }, found: [1, 5, 7] },
      { title: "an endpoint that was only tried", query: { endpoint: "fra-2" }, found: [3] },
      { title: "a subject's place", query: { subjectPlace: "CA-QC" }, found: [4] },
      { title: "a country, which holds its parts", query: { subjectPlace: "CA" }, found: [4] },
      { title: "where it was to be computed", query: { computedIn: "DE" }, found: [1, 5, 7] },
      { title: "where it was shown to be computed", query: { evidencedIn: "US" }, found: [7] },
      { title: "two marks at once", query: { endpoint: "fra-1", evidencedIn: "DE" }, found: [1] },
      {
        title: "a mark and a time",
        query: { computedIn: "DE", fromMs: startMs + 5, untilMs: startMs + 7 },
        found: [5],
      },
      { title: "a time", query: { fromMs: startMs + 3, untilMs: startMs + 5 }, found: [3, 4] },
      {
        title: "nothing where conditions exclude each other",
        query: { tenant: bank, verdict: "refuse" },
        found: [],
      },
    ];
    for (const { title, query, found } of cases) {
      it(`finds ${title}`, async (index) => {
        assert.deepEqual(await positions(index, query), found);
        assert.deepEqual(await positions(index, { ...query, isNewestFirst: true }), found.toReversed());
      });
    }

    it("joins a decision with its outcome, in the same batch or a later one", async (index) => {
      const { records } = await index.query({ kind: "decision", limit: 10 });
      const [answered, failed, refused, open] = records;
      assert.deepEqual(
        [answered?.outcome, answered?.result, answered?.evidenced, answered?.endpoints],
        [2, "complete", ["DE"], ["fra-1"]],
      );
      assert.deepEqual([failed?.outcome, failed?.result, failed?.endpoints], [8, "failed", ["fra-2"]]);
      assert.deepEqual([refused?.outcome, refused?.result, open?.outcome], [null, null, null]);
      assert.equal(answered?.origin, origin);
    });

    it("gives any division into pages the same records", async (index) => {
      const all = await positions(index, {});
      for (const isNewestFirst of [false, true]) {
        for (const limit of [1, 2, 5, 17, 18]) {
          const found: number[] = [];
          let query: IndexQuery = { limit, isNewestFirst };
          for (let pages = 0; pages < 20; pages++) {
            const { records, hasMore } = await index.query(query);
            found.push(...records.map((record) => record.index));
            const last = records.at(-1);
            if (!hasMore || last === undefined) break;
            query = { ...query, after: { origin, index: last.index as EntryIndex } };
          }
          assert.deepEqual(found, isNewestFirst ? all.toReversed() : all);
        }
      }
    });

    it("refuses a page that begins behind no record", async (index) => {
      const after = { origin, index: 8 as EntryIndex };
      await assert.rejects(index.query({ limit: 1, after }), UnusableIndexError);
    });

    it("takes whatever is asked for as a value, never as SQL", async (index) => {
      const members = ["requestId", "tenant", "subject", "verdict", "error", "evidence", "endpoint"] as const;
      const hostile = fc.oneof(
        fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0")),
        fc.constantFrom("' OR 1=1 --", "$1", "?", "\\'; DROP TABLE record; --", '"', "%", "permit'/*"),
      );
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...members), hostile, async (member, text) => {
          assert.deepEqual(await positions(index, { [member]: text }), []);
        }),
        { numRuns: 100 },
      );
      assert.equal((await positions(index, {})).length, 17);
    });

    it("adds a batch only where the log stands, and leaves nothing of one that it refuses", async (index) => {
      const [, second] = batchesOf(origin, smallMonth(), [4, 19]);
      assert.ok(second);
      await assert.rejects(index.add(second), IndexMovedError);
      await assert.rejects(
        index.add({ ...second, from: { ...second.to, root: "0".repeat(64) } }),
        IndexMovedError,
      );
      assert.equal((await positions(index, {})).length, 17);
    });

    it("leaves nothing of a batch that fails midway", async (index) => {
      const other = "acme.example/ledger/DE/eu-frankfurt/2026-12";
      const [batch] = batchesOf(other, smallMonth(), [4]);
      assert.ok(batch);
      const twice = { ...batch, records: [...batch.records, ...batch.records] };
      await assert.rejects(index.add(twice));
      assert.deepEqual(await index.heads(), [{ origin, size: 19, root: rootAt(19) }]);
      assert.equal((await positions(index, {})).length, 17);
    });

    it("keeps logs apart, and forgets one of them alone", async (index) => {
      const other = "acme.example/ledger/US/us-virginia/2026-11";
      for (const batch of batchesOf(other, smallMonth(), [19])) await index.add(batch);
      assert.equal((await positions(index, {})).length, 34);
      const { records } = await index.query({ kind: "violation", limit: 10 });
      assert.deepEqual(records.map((record) => record.origin).toSorted(), [other, origin]);
      await index.drop(other);
      assert.equal((await positions(index, {})).length, 17);
      assert.deepEqual(
        (await index.heads()).map((head) => head.origin),
        [origin],
      );
    });
  });
}

async function positions(index: SearchIndex, query: Partial<IndexQuery>): Promise<number[]> {
  return (await index.query({ limit: 100, ...query })).records.map((record) => record.index);
}

/** Cut at these sizes. */
export function batchesOf(origin: string, entries: readonly Entry[], sizes: readonly number[]): IndexBatch[] {
  let from: LogHead = { origin, size: 0, root: rootAt(0) };
  return sizes.map((size) => {
    const builder = new BatchBuilder(from);
    for (const [at, entry] of entries.slice(from.size, size).entries()) builder.add(from.size + at, entry);
    const batch = builder.finish(size, Buffer.from(rootAt(size), "hex"));
    from = batch.to;
    return batch;
  });
}

/** An index does not look into a root: any 32 bytes that differ with the size will do. */
function rootAt(size: number): string {
  return size.toString(16).padStart(64, "0");
}

function hex(number: number): string {
  return number.toString(16).padStart(32, "0");
}
