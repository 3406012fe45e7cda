// Answers that are given again: the same bytes, decided and recorded as a call is.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, statSync } from "node:fs";
import { glob, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { askChat, post } from "../../test/support/ask.ts";
import { askAdmin } from "../../test/support/ask-admin.ts";
import {
  cacheOf,
  cachingPolicy,
  finished,
  keptBytes,
  outcomesOf,
  problemsOf,
  solo,
  startCachingCell,
  withoutComments,
} from "../../test/support/caching-cell.ts";
import { eventually } from "../../test/support/demo.ts";
import { chunkEvent, startRawUpstream, streamHead } from "../../test/support/raw-http.ts";
import type { MonotonicMs } from "../base/index.ts";

for (const isStream of [false, true]) {
  const kind = isStream ? "stream" : "whole answer";

  test(`a ${kind} is given again to the same request: nobody is asked, and every byte is the same`, async (t) => {
    const cell = await startCachingCell(t);
    const first = await askChat(cell, { ...solo, isStream });
    const second = await askChat(cell, { ...solo, isStream });
    assert.deepEqual([first.status, second.status], [200, 200]);
    assert.deepEqual([first, second].map(cacheOf), ["miss", "hit"]);
    assert.equal(withoutComments(second), withoutComments(first));
    assert.equal(second.headers.get("content-type"), first.headers.get("content-type"));
    if (isStream)
      assert.match(second.text, /\n: ?bailiwick-ledger [^\n]* cache=hit\n[^]*data: \[DONE\]\n\n$/);
    assert.equal(await cell.requestsAt("fra-1"), 1);
  });
}

test("an answer that is given again is decided and recorded as a call is, and names the one that it was", async (t) => {
  const cell = await startCachingCell(t);
  const first = await askChat(cell, solo);
  const second = await askChat(cell, solo);
  assert.deepEqual(
    cell.entries.map(({ t }) => t),
    ["decision", "outcome", "decision", "outcome"],
  );
  const [computed, given] = outcomesOf(cell);
  assert.ok(computed && given);
  const { endpoint, asked, allowed, evidence, observedAt } = computed.attempts[0] ?? assert.fail();
  const at = given.cached?.at ?? assert.fail();
  assert.deepEqual(given.cached, {
    of: { origin: cell.ledger.origin, index: 3 },
    at,
    endpoint,
    asked,
    allowed,
    evidence,
    observedAt,
  });
  assert.ok(at >= computed.ts && at <= given.ts, "it dates the first answer");
  assert.deepEqual([given.result, given.attempts, given.answeredBy], ["complete", [], null]);
  // Under one subject's key, so that equal answers have equal commitments.
  assert.equal(given.res, computed.res);
  for (const header of ["bailiwick-endpoint", "bailiwick-region", "bailiwick-evidence", "bailiwick-policy"])
    assert.equal(second.headers.get(header), first.headers.get(header), header);
  assert.notEqual(second.headers.get("bailiwick-ledger"), first.headers.get("bailiwick-ledger"));
  assert.deepEqual(await problemsOf(cell), []);
});

test("metrics and the log say what the cache had", async (t) => {
  const cell = await startCachingCell(t);
  for (let round = 0; round < 3; round++) await askChat(cell, solo);
  await askChat(cell, { tenant: "demo-clinic" });
  const finished = cell.logLines
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
    .filter(({ event }) => event === "request_finished");
  assert.deepEqual(
    finished.map(({ cache, endpoint, attempts }) => [cache, endpoint, attempts]),
    [
      ["miss", "fra-1", 1],
      ["hit", null, 0],
      ["hit", null, 0],
      ["none", finished[3]?.["endpoint"], 1],
    ],
  );
  assert.match(
    cell.metrics(),
    /^bailiwick_response_cache_requests_total\{cell="eu-frankfurt",result="hit"\} 2$/m,
  );
  assert.match(
    cell.metrics(),
    /^bailiwick_response_cache_requests_total\{cell="eu-frankfurt",result="miss"\} 1$/m,
  );
  assert.ok(keptBytes(cell) > 0);
});

test("a tenant that did not ask for it, another model of one that did, and data of another class are not kept", async (t) => {
  const cell = await startCachingCell(t, {
    policy: cachingPolicy.replace("models: [assistant, solo]", "models: [solo]"),
  });
  for (const ask of [
    { tenant: "demo-clinic" },
    { tenant: "narrow", ...solo },
    { model: "assistant" },
    { ...solo, headers: { "bailiwick-class": "health" } },
    { ...solo, headers: { "bailiwick-class": "financial, criminal" } },
  ]) {
    for (let round = 0; round < 2; round++) {
      const answer = await askChat(cell, ask);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(cacheOf(answer), null, JSON.stringify(ask));
    }
  }
  assert.equal(keptBytes(cell), 0);
});

test("an answer goes on being given while the engine that computed it is down", async (t) => {
  const cell = await startCachingCell(t);
  await askChat(cell, solo);
  await cell.setFault("fra-1", "down");
  assert.equal(cacheOf(await askChat(cell, solo)), "hit");
});

test("a start begins with nothing, and no byte of an answer is on disk", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-cache-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const words = "zirconium-umbrella-parade";
  const upstream = await startRawUpstream(t, (socket) => {
    socket.end(`${streamHead}${chunkEvent(words)}data: [DONE]\n\n`);
  });
  const options = { directory, urls: { "fra-1": upstream.url } };
  const ask = { ...solo, isStream: true };
  await t.test("the first process", async (first) => {
    const cell = await startCachingCell(first, options);
    const answers = [await askChat(cell, ask), await askChat(cell, ask)];
    assert.deepEqual(answers.map(cacheOf), ["miss", "hit"]);
    assert.match(answers[1]?.text ?? "", new RegExp(words));
    for await (const file of glob("**/*", { cwd: directory })) {
      const path = join(directory, file);
      if (statSync(path).isFile()) assert.ok(!readFileSync(path).includes(words), file);
    }
    assert.ok(cell.logLines.every((line) => !line.includes(words)));
  });
  await t.test("the second process", async (second) => {
    const cell = await startCachingCell(second, options);
    assert.equal(cacheOf(await askChat(cell, ask)), "miss");
  });
});

test("a caller may ask for nothing to be kept, for a new answer, or for a young one", async (t) => {
  let steadyMs = 1_000_000 as MonotonicMs;
  const cell = await startCachingCell(t, { monotonicNow: () => steadyMs });
  const askWith = async (cacheControl: string): Promise<string | null> =>
    cacheOf(await askChat(cell, { ...solo, headers: { "cache-control": cacheControl } }));
  assert.equal(await askWith("no-store"), null);
  assert.equal(keptBytes(cell), 0, "nothing was kept");
  assert.equal(await askWith("no-cache"), "miss");
  assert.equal(await askWith("private"), "hit", "what was computed for `no-cache` is kept");
  assert.equal(await askWith("max-age=0, no-store"), null);
  assert.equal(await askWith("No-Cache"), "miss");
  assert.equal(await cell.requestsAt("fra-1"), 4);
  steadyMs = (steadyMs + 10_000) as MonotonicMs;
  assert.equal(await askWith("max-age=11"), "hit");
  assert.equal(await askWith("max-age=soon"), "miss");
  steadyMs = (steadyMs + 10_000) as MonotonicMs;
  assert.equal(await askWith("max-age=10"), "miss");
  assert.equal(await askWith("max-age=10"), "hit", "it was computed again");
});

test("an answer says its age, and is given no longer than its lifetime", async (t) => {
  let steadyMs = 1_000_000 as MonotonicMs;
  const cell = await startCachingCell(t, { monotonicNow: () => steadyMs });
  await askChat(cell, solo);
  steadyMs = (steadyMs + 59_999) as MonotonicMs;
  const old = await askChat(cell, solo);
  assert.deepEqual([cacheOf(old), old.headers.get("age")], ["hit", "59"]);
  steadyMs = (steadyMs + 1) as MonotonicMs;
  const next = await askChat(cell, solo);
  assert.deepEqual([cacheOf(next), next.headers.get("age")], ["miss", null]);
});

test("an answer that is an error, or breaks off, is not kept", async (t) => {
  const cell = await startCachingCell(t);
  for (const [mode, after] of [["error"], ["cut", 2]] as const) {
    await cell.setFault("fra-1", mode, after);
    await askChat(cell, { ...solo, isStream: true }).catch(() => undefined);
    await finished(cell);
  }
  assert.equal(keptBytes(cell), 0);
  await cell.setFault("fra-1", "none");
});

test("a caller that leaves before the end of its answer leaves nothing behind", async (t) => {
  const upstream = await startRawUpstream(t, (socket) => {
    socket.on("error", () => undefined);
    socket.write(streamHead + chunkEvent("Hello"));
  });
  const cell = await startCachingCell(t, { urls: { "fra-1": upstream.url } });
  const leaving = new AbortController();
  const answer = await post(cell, { ...solo, isStream: true, signal: leaving.signal });
  assert.equal(answer.status, 200);
  leaving.abort();
  await finished(cell);
  assert.equal(outcomesOf(cell).at(-1)?.result, "aborted");
  assert.equal(keptBytes(cell), 0);
});

test("an answer that is given again costs no tokens of a limit, and is one request of it", async (t) => {
  // Its buckets do not refill.
  const cell = await startCachingCell(t, { monotonicNow: () => 1_000_000 as MonotonicMs });
  const used = async (): Promise<unknown> => {
    const { body } = await askAdmin(cell, "GET", "/admin/limits");
    const limits = body["limits"] as readonly Readonly<Record<string, unknown>>[];
    return limits.find(({ tenant, limit }) => tenant === "limited" && limit === "tokens-per-minute")?.[
      "used"
    ];
  };
  const ask = { tenant: "limited", ...solo };
  assert.equal(cacheOf(await askChat(cell, ask)), "miss");
  await eventually(async () => Number(await used()) > 0);
  const before = Number(await used());
  for (let round = 0; round < 5; round++) assert.equal(cacheOf(await askChat(cell, ask)), "hit");
  assert.equal(Number(await used()), before);
  const slow = { tenant: "slow", ...solo };
  const statuses = [];
  for (let round = 0; round < 3; round++) statuses.push((await askChat(cell, slow)).status);
  assert.deepEqual(statuses, [200, 200, 429]);
});

test("many callers at once get each a whole answer, with a decision and an outcome of its own", async (t) => {
  const cell = await startCachingCell(t);
  for (let round = 0; round < 3; round++) {
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, at) => askChat(cell, { ...solo, isStream: at % 2 === 0 })),
    );
    for (const { status, text } of answers)
      assert.ok(status === 200 && /\[DONE\]|"chat.completion"/.test(text));
  }
  await finished(cell);
  assert.deepEqual([outcomesOf(cell).length, cell.entries.length], [72, 144]);
  assert.ok(
    outcomesOf(cell).every(
      ({ result, cached, attempts }) =>
        result === "complete" && (cached === null) === (attempts.length === 1),
    ),
  );
  assert.deepEqual(await problemsOf(cell), []);
});

test("what is kept of an answer's content record is what the caller got, also of one that is given again", async (t) => {
  const cell = await startCachingCell(t, {
    policy: cachingPolicy.replace("demo-bank:\n    { ", "demo-bank:\n    { records: P30D, "),
  });
  await askChat(cell, { ...solo, isStream: true });
  const again = await askChat(cell, { ...solo, isStream: true });
  const rid = again.headers.get("bailiwick-request-id");
  const { status, body } = await askAdmin(cell, "POST", "/admin/record", { request: rid });
  assert.equal(status, 200, JSON.stringify(body));
  const kept = String(body["answer"]);
  assert.ok(kept.length > 0 && again.text.startsWith(kept));
});
