// What is never kept of an answer, and how good its evidence must be when it is given again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Ask, askChat, chatBody } from "../../test/support/ask.ts";
import {
  cacheOf,
  cachingPolicy,
  finished,
  keptBytes,
  solo,
  startCachingCell,
  withoutComments,
} from "../../test/support/caching-cell.ts";
import { chunkEvent, startRawUpstream, streamHead, wholeAnswer } from "../../test/support/raw-http.ts";
import { keyHash } from "../../test/support/test-cell.ts";

const kept = (text: string): string => JSON.stringify({ ...(JSON.parse(text) as object), store: true });

test("a request that would have something kept is not answered again, also where its model allows that", async (t) => {
  const cell = await startCachingCell(t, {
    policy: cachingPolicy.replace("  solo: {", "  solo: { allows: [store],"),
  });
  const storing: Ask = { ...solo, body: kept(chatBody(solo)) };
  for (let round = 0; round < 2; round++) {
    const answer = await askChat(cell, storing);
    assert.deepEqual([answer.status, cacheOf(answer)], [200, null]);
  }
  assert.deepEqual([await cell.requestsAt("fra-1"), keptBytes(cell)], [2, 0]);
  assert.deepEqual([await askChat(cell, solo), await askChat(cell, solo)].map(cacheOf), ["miss", "hit"]);
});

test("what another cell passed on is not kept here, and not answered from here", async (t) => {
  const sister = `sister: { sha256: ${keyHash("sk-sister")}, peer: us-virginia }`;
  const cell = await startCachingCell(t, {
    policy: cachingPolicy.replace(/( {2}demo-bank:\s.*keys: \{ )/, `$1${sister}, `),
  });
  const passedOn: Ask = { ...solo, headers: { authorization: "Bearer sk-sister" } };
  for (let round = 0; round < 2; round++) {
    const answer = await askChat(cell, passedOn);
    assert.deepEqual([answer.status, cacheOf(answer)], [200, null]);
  }
  assert.deepEqual([await cell.requestsAt("fra-1"), keptBytes(cell)], [2, 0]);
  assert.deepEqual([await askChat(cell, solo), await askChat(cell, solo)].map(cacheOf), ["miss", "hit"]);
  assert.equal(cacheOf(await askChat(cell, passedOn)), null);
});

/** Asks nothing of evidence, and from 21 November on for some. */
function stricterFromDay(pack: string): string {
  return pack
    .replace(/^id: eu-gdpr$/m, "id: eu-gdpr\nevidence_min: E0")
    .replace(
      /^(id: us-cloud-act[^]*?)applies_when:[^]*?effective: \{ since: \S+ \}/m,
      (_, head: string) =>
        `${head}applies_when: { data_class: personal }\nrule: terms\nevidence_min: E3\neffective: { since: 2026-11-21 }`,
    );
}

test("an answer is given again only where its evidence is as good as the request asks for that gets it", async (t) => {
  let nowMs = Date.parse("2026-11-20T23:59:00Z");
  let place = "";
  let count = 0;
  const upstream = await startRawUpstream(t, (socket) => {
    count++;
    const answer = wholeAnswer(200, '{"object":"chat.completion","choices":[]}');
    socket.end(answer.replace("x-sim-place: DE\r\n", place));
  });
  const cell = await startCachingCell(t, {
    urls: { "fra-1": upstream.url },
    now: () => nowMs,
    editPack: stricterFromDay,
  });
  assert.deepEqual([await askChat(cell, solo), await askChat(cell, solo)].map(cacheOf), ["miss", "hit"]);
  nowMs += 60_000;
  const before = count;
  const after = await askChat(cell, solo);
  assert.deepEqual([after.status === 200, cacheOf(after), count > before], [false, "miss", true]);
  place = "x-sim-place: DE\r\n";
  assert.deepEqual([await askChat(cell, solo), await askChat(cell, solo)].map(cacheOf), ["miss", "hit"]);
});

test("a stream of more bytes than the tenant has is not kept, and one of fewer is", async (t) => {
  let piece = "";
  const upstream = await startRawUpstream(t, (socket) => {
    socket.end(`${streamHead}${chunkEvent(piece).repeat(4)}data: [DONE]\n\n`);
  });
  const cell = await startCachingCell(t, {
    urls: { "fra-1": upstream.url },
    policy: cachingPolicy.replaceAll("max-bytes: 1000000", "max-bytes: 65536"),
  });
  piece = "long ".repeat(4_000);
  const ask: Ask = { ...solo, isStream: true };
  const long = [await askChat(cell, ask), await askChat(cell, ask)];
  assert.deepEqual(long.map(cacheOf), ["miss", "miss"]);
  assert.equal(long[1] && withoutComments(long[1]).split(piece).length, 5, "its caller got all of it");
  assert.equal(keptBytes(cell), 0);
  piece = "short";
  assert.deepEqual([await askChat(cell, ask), await askChat(cell, ask)].map(cacheOf), ["miss", "hit"]);
});

test("what is under way when another policy comes into force is not kept", async (t) => {
  const answering = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const upstream = await startRawUpstream(t, (socket) => {
    asked.resolve();
    void answering.promise.then(() => socket.end(`${streamHead}${chunkEvent("Hello")}data: [DONE]\n\n`));
  });
  const cell = await startCachingCell(t, { urls: { "fra-1": upstream.url } });
  const answer = askChat(cell, { ...solo, isStream: true });
  await asked.promise;
  assert.equal(
    await cell.reload(cachingPolicy.replaceAll("lifetime-seconds: 60", "lifetime-seconds: 61")),
    null,
  );
  answering.resolve();
  assert.deepEqual([(await answer).status, cacheOf(await answer)], [200, "miss"]);
  await finished(cell);
  assert.equal(keptBytes(cell), 0);
  assert.equal(await cell.reload(cachingPolicy), null);
  assert.equal(cacheOf(await askChat(cell, { ...solo, isStream: true })), "miss");
});
