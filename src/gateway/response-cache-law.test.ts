// Answers that are not given again: to another, without a key, or where a call would not be lawful.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type Ask, askChat, chatBody } from "../../test/support/ask.ts";
import { askAdmin } from "../../test/support/ask-admin.ts";
import {
  askUntilFrom,
  cacheOf,
  cachingPolicy,
  finished,
  keptBytes,
  problemsOf,
  solo,
  startCachingCell,
  untilMetric,
} from "../../test/support/caching-cell.ts";
import { eventually } from "../../test/support/demo.ts";
import { liftOf, noteOf, putNote, suspension } from "../../test/support/legal-notes.ts";
import { chunkEvent, startRawUpstream, streamHead } from "../../test/support/raw-http.ts";

test("what a law's duty keeps from being kept is not, whatever the policy says", async (t) => {
  const cell = await startCachingCell(t, {
    editPack: (text) => text.replace(/^id: eu-gdpr$/m, "id: eu-gdpr\nobligations: [no-response-cache]"),
  });
  for (let round = 0; round < 2; round++) assert.equal(cacheOf(await askChat(cell, solo)), null);
  const [decision] = cell.entries;
  assert.deepEqual(decision?.t === "decision" && decision.obligations, ["no-response-cache"]);
});

test("nobody gets what was answered to another tenant, person, place, class, model or kind of answer, or to another body", async (t) => {
  const cell = await startCachingCell(t);
  const asks: readonly Ask[] = [
    {},
    { tenant: "limited" },
    { headers: { "bailiwick-subject": "patient 17" } },
    { headers: { "bailiwick-subject": "patient 18" } },
    { headers: { "bailiwick-jurisdiction": "FR" } },
    { headers: { "bailiwick-class": "financial" } },
    { ...solo },
    { isStream: true },
    { body: `${chatBody()} ` },
    { body: chatBody().replace("do?", "do!") },
  ];
  for (const expected of ["miss", "hit"]) {
    for (const ask of asks) {
      const answer = await askChat(cell, ask);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(cacheOf(answer), expected, JSON.stringify(ask));
    }
  }
});

function named(person: string): Ask {
  return { ...solo, headers: { "bailiwick-subject": person } };
}

test("an erased person's answers are gone with the key, and nobody else's", async (t) => {
  const cell = await startCachingCell(t);
  await askChat(cell, named("patient 18"));
  const bytes = keptBytes(cell);
  await askChat(cell, named("patient 17"));
  assert.ok(keptBytes(cell) > bytes);
  const erased = await askAdmin(cell, "POST", "/admin/erasures", {
    tenant: "demo-bank",
    person: "patient 17",
    ground: "gdpr-17-1-b",
  });
  assert.equal(erased.status, 200);
  assert.equal(keptBytes(cell), bytes);
  assert.deepEqual(
    [await askChat(cell, named("patient 17")), await askChat(cell, named("patient 18"))].map(cacheOf),
    ["miss", "hit"],
  );
});

test("what is under way when its subject is erased is not kept", async (t) => {
  const answering = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const upstream = await startRawUpstream(t, (socket) => {
    asked.resolve();
    void answering.promise.then(() => socket.end(`${streamHead}${chunkEvent("Hello")}data: [DONE]\n\n`));
  });
  const cell = await startCachingCell(t, { urls: { "fra-1": upstream.url } });
  const answer = askChat(cell, { ...solo, isStream: true });
  await asked.promise;
  const erasure = { tenant: "demo-bank", ground: "gdpr-17-1-b" };
  assert.equal((await askAdmin(cell, "POST", "/admin/erasures", erasure)).status, 200);
  answering.resolve();
  assert.equal((await answer).status, 200);
  await finished(cell);
  assert.equal(keptBytes(cell), 0);
});

test("another policy finds nothing of what was kept under the one before", async (t) => {
  const cell = await startCachingCell(t);
  await askChat(cell, solo);
  assert.equal(
    await cell.reload(cachingPolicy.replace("lifetime-seconds: 60", "lifetime-seconds: 61")),
    null,
  );
  assert.equal(keptBytes(cell), 0);
  assert.deepEqual([await askChat(cell, solo), await askChat(cell, solo)].map(cacheOf), ["miss", "hit"]);
  assert.equal(await cell.reload(cachingPolicy), null);
  assert.equal(cacheOf(await askChat(cell, solo)), "miss", "also where the old one comes back");
});

test("a legal event ends what was kept before it, at once and for good", async (t) => {
  const cell = await startCachingCell(t);
  const first = await askUntilFrom(cell, "fra-1");
  assert.equal(cacheOf(await askChat(cell, first)), "hit");
  putNote(cell.legalDirectory, "a.note", noteOf(suspension("stop-1", "endpoint", "fra-1")));
  await untilMetric(cell, "bailiwick_legal_events", 1);
  assert.equal(keptBytes(cell), 0);
  const during = await askChat(cell, first);
  assert.deepEqual([during.status, cacheOf(during)], [200, "miss"]);
  assert.notEqual(during.headers.get("bailiwick-endpoint"), "fra-1");
  putNote(cell.legalDirectory, "b.note", noteOf(liftOf("stop-1")));
  await untilMetric(cell, "bailiwick_legal_events", 2);
  assert.equal(cacheOf(await askChat(cell, first)), "miss");
});

test("an endpoint that is not lawful any more, by the clock alone, is none whose answer is given again", async (t) => {
  let nowMs = Date.parse("2026-11-20T12:00:00Z");
  const cell = await startCachingCell(t, { now: () => nowMs });
  const validity = { fromMs: nowMs + 1_000, untilMs: nowMs + 60_000 };
  putNote(cell.legalDirectory, "a.note", noteOf({ ...suspension("stop-1", "endpoint", "fra-1"), validity }));
  await untilMetric(cell, "bailiwick_legal_events", 1);
  const ask = await askUntilFrom(cell, "fra-1");
  assert.equal(cacheOf(await askChat(cell, ask)), "hit");
  nowMs += 1_000;
  const after = await askChat(cell, ask);
  assert.deepEqual([after.status, cacheOf(after)], [200, "miss"]);
  assert.notEqual(after.headers.get("bailiwick-endpoint"), "fra-1");
  assert.deepEqual(await problemsOf(cell), []);
});

test("an event that comes while the decision is on its way to the disk keeps the answer back", async (t) => {
  let disk = Promise.resolve();
  const cell = await startCachingCell(t, { disk: () => disk });
  await askChat(cell, solo);
  const written = Promise.withResolvers<void>();
  disk = written.promise;
  const before = cell.ledger.state().size;
  const answer = askChat(cell, solo);
  while (cell.ledger.state().size === before) await pause(5);
  disk = Promise.resolve();
  putNote(cell.legalDirectory, "a.note", noteOf(suspension("stop-1", "endpoint", "fra-1")));
  await untilMetric(cell, "bailiwick_legal_events", 1);
  written.resolve();
  assert.deepEqual([(await answer).status, await cell.requestsAt("fra-1")], [451, 1]);
});

test("an endpoint that computed elsewhere loses what is kept of it, at once and for good", async (t) => {
  const cell = await startCachingCell(t);
  assert.equal(cacheOf(await askChat(cell, solo)), "miss");
  await cell.setFault("fra-1", "wrong-region");
  assert.notEqual((await askChat(cell, { ...solo, body: `${chatBody(solo)} ` })).status, 200);
  const during = await askChat(cell, solo);
  assert.deepEqual([during.status, cacheOf(during)], [503, "miss"]);
  await eventually(async () => keptBytes(cell) === 0);
  await cell.setFault("fra-1", "none");
  const released = await askAdmin(cell, "POST", "/admin/quarantines/release", { endpoint: "fra-1" });
  assert.equal(released.status, 200);
  assert.deepEqual([await askChat(cell, solo), await askChat(cell, solo)].map(cacheOf), ["miss", "hit"]);
});
