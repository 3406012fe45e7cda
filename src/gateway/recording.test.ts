// DESIGN §1.3: nothing unrecorded, whatever the disk does and however quick the engine is.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { askChat, errorOf, post } from "../../test/support/ask.ts";
import { chunkEvent, startRawUpstream, streamHead } from "../../test/support/raw-http.ts";
import { startTestCell, testPolicy } from "../../test/support/test-cell.ts";
import { LedgerUnavailableError } from "../store/index.ts";

test("an engine inside the cell is asked while the disk writes, and nothing of its answer is released before", async (t) => {
  const written = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const upstream = await startRawUpstream(t, (socket) => {
    socket.end(`${streamHead}${chunkEvent("Hello")}data: [DONE]\n\n`, () => asked.resolve());
  });
  const cell = await startTestCell(t, { urls: { "fra-1": upstream.url }, disk: () => written.promise });
  let isAnswered = false;
  const answer = post(cell, { model: "solo", isStream: true }).finally(() => {
    isAnswered = true;
  });
  await asked.promise;
  // The health route answers on the same loop, so by now the engine's answer has been read as well.
  for (let turn = 0; turn < 5; turn++) await fetch(`${cell.gateway.url}/livez`);
  assert.equal(isAnswered, false);
  written.resolve();
  assert.match(await (await answer).text(), /Hello[^]*\[DONE\]/);
});

test("while the disk writes, an engine is not read beyond what may be held, is not blamed for it, and goes on afterwards", async (t) => {
  const written = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const idleTimeoutMs = 300;
  // More than sockets of both sides hold by themselves.
  const count = 512;
  const event = chunkEvent("x".repeat(64 * 1024));
  let sent = 0;
  const upstream = await startRawUpstream(t, async (socket) => {
    socket.write(streamHead);
    asked.resolve();
    for (; sent < count; sent++) if (!socket.write(event)) await once(socket, "drain");
    socket.end("data: [DONE]\n\n");
  });
  const limits = { idleTimeoutMs };
  const cell = await startTestCell(t, {
    urls: { "fra-1": upstream.url },
    limits,
    disk: () => written.promise,
  });
  const answer = post(cell, { model: "solo", isStream: true });
  await asked.promise;
  await pause(3 * idleTimeoutMs);
  const before = sent;
  await pause(idleTimeoutMs);
  assert.equal(sent, before, "it is still read");
  assert.ok(sent < count / 2, `${sent} of ${count} were read`);
  written.resolve();
  const text = await (await answer).text();
  assert.equal(text.split(event).length - 1, count);
  assert.match(text, /data: \[DONE\]\n\n$/);
});

test("an engine outside the cell gets no byte before the disk has the decision", async (t) => {
  const written = Promise.withResolvers<void>();
  const cell = await startTestCell(t, { disk: () => written.promise });
  await cell.setFault("fra-1", "down");
  await cell.setFault("fra-2", "down");
  const answer = askChat(cell);
  while ((await cell.requestsAt("fra-1")) + (await cell.requestsAt("fra-2")) < 2);
  for (let turn = 0; turn < 5; turn++) await fetch(`${cell.gateway.url}/livez`);
  assert.equal(await cell.requestsAt("fra-3"), 0, "`fra-3` is another operator's");
  written.resolve();
  assert.equal((await answer).headers.get("bailiwick-endpoint"), "fra-3");
});

test("a peer next door, of the same operator, is outside the cell too", async (t) => {
  const policy = testPolicy
    .replace(
      "cells:\n",
      "cells:\n  de-berlin: { place: DE, url: https://berlin.test.example, operator: rhein-cloud }\n",
    )
    .replace(
      "endpoints:\n",
      "endpoints:\n  to-berlin: { cell: eu-frankfurt, engine: openai-compatible, peer: de-berlin, operator: rhein-cloud, place: DE }\n",
    )
    .replace("models:\n", "models:\n  beside: { served-by: { to-berlin: assistant } }\n");
  const written = Promise.withResolvers<void>();
  let asked = 0;
  const upstream = await startRawUpstream(t, (socket) => {
    asked++;
    socket.end(`${streamHead}${chunkEvent("Hello")}data: [DONE]\n\n`);
  });
  const reached = Promise.withResolvers<void>();
  const disk = (): Promise<void> => {
    reached.resolve();
    return written.promise;
  };
  const cell = await startTestCell(t, { policy, urls: { "to-berlin": upstream.url }, disk });
  const answer = askChat(cell, { model: "beside", isStream: true });
  await reached.promise;
  for (let turn = 0; turn < 20; turn++) await fetch(`${cell.gateway.url}/livez`);
  assert.equal(asked, 0);
  written.resolve();
  assert.match((await answer).text, /Hello[^]*\[DONE\]/);
  assert.equal(asked, 1);
});

test("a decision that the disk loses ends the call that ran beside it, and its answer is not released", async (t) => {
  const broken = Promise.withResolvers<void>();
  broken.promise.catch(() => undefined);
  const upstream = await startRawUpstream(t, (socket) => {
    socket.write(streamHead + chunkEvent("Hello"), () => {
      broken.reject(new LedgerUnavailableError("sync_failed"));
    });
  });
  const cell = await startTestCell(t, { urls: { "fra-1": upstream.url }, disk: () => broken.promise });
  const answer = await askChat(cell, { model: "solo", isStream: true });
  assert.deepEqual([answer.status, errorOf(answer).type], [503, "gateway_ledger_unavailable"]);
  assert.doesNotMatch(answer.text, /Hello/);
  await upstream.closed();
});

test("a refusal that cannot be recorded is not told as one", async (t) => {
  const cell = await startTestCell(t, {
    disk: () => Promise.reject(new LedgerUnavailableError("sync_failed")),
  });
  const answer = await askChat(cell, { tenant: "nowhere" });
  assert.deepEqual([answer.status, errorOf(answer).type], [503, "gateway_ledger_unavailable"]);
});

test("nothing that a caller or an engine says is logged", async (t) => {
  const canary = "kanarienvogel";
  const cell = await startTestCell(t);
  const body = JSON.stringify({ model: "assistant", messages: [{ role: "user", content: canary }] });
  await askChat(cell, { body });
  await askChat(cell, { body: `{"model":"${canary}","messages":[{"role":"user","content":"${canary}"}]}` });
  await askChat(cell, { headers: { "bailiwick-jurisdiction": canary } });
  await askChat(cell, { tenant: canary });
  const kept = [cell.logLines.join(""), cell.metrics(), JSON.stringify(cell.entries)];
  for (const text of kept) assert.ok(!text.includes(canary));
});
