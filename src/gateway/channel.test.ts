// What the pipeline needs of a way in is a channel; that it is a socket it cannot know.
import assert from "node:assert/strict";
import { test } from "node:test";
import { askChat, chatBody } from "../../test/support/ask.ts";
import { MemoryChannel } from "../../test/support/memory-channel.ts";
import { chunkEvent, startRawUpstream, streamHead } from "../../test/support/raw-http.ts";
import { keyOf, startTestCell, type TestCell, testPolicy } from "../../test/support/test-cell.ts";

const ownHeaders = ["bailiwick-request-id", "bailiwick-ledger"];

for (const { title, isStream } of [
  { title: "a whole answer", isStream: false },
  { title: "a stream", isStream: true },
]) {
  test(`without a socket ${title} is the same, and so is what is recorded`, async (t) => {
    const cell = await startTestCell(t);
    const bySocket = await askChat(cell, { isStream, model: "solo" });
    const channel = chatChannel(chatBody({ isStream, model: "solo" }));
    await cell.gateway.serve(channel);
    assert.equal(channel.status, 200);
    assert.ok(channel.hasEnded);
    assert.equal(withoutIds(channel.text), withoutIds(bySocket.text));
    for (const name of Object.keys(channel.headers).filter((header) => header.startsWith("bailiwick-"))) {
      if (!ownHeaders.includes(name)) assert.equal(channel.headers[name], bySocket.headers.get(name), name);
    }
    assert.deepEqual(
      cell.entries.map((entry) => entry.t),
      ["decision", "outcome", "decision", "outcome"],
    );
  });
}

test("the events that came in one read leave in one write", async (t) => {
  const events = Array.from({ length: 40 }, (_, n) => chunkEvent(`word${n}`)).join("");
  const upstream = await startRawUpstream(t, (socket) => {
    socket.end(`${streamHead}${events}data: [DONE]\n\n`);
  });
  const policy = testPolicy.replace("engine: sim", "engine: openai-compatible");
  const cell = await startTestCell(t, { policy, urls: { "fra-1": upstream.url } });
  const channel = chatChannel(chatBody({ isStream: true, model: "solo" }));
  await cell.gateway.serve(channel);
  assert.ok(channel.text.startsWith(events));
  assert.equal(channel.writes, 2, "the events, and what the head could not say yet");
});

test("without a socket the law refuses as it does with one", async (t) => {
  const cell = await startTestCell(t);
  const channel = chatChannel(chatBody(), { "bailiwick-jurisdiction": "RU" });
  await cell.gateway.serve(channel);
  assert.equal(channel.status, 451);
  assert.equal(await requestsAtAll(cell), 0);
});

test("a channel that is left ends its request, and the outcome names who got the prompt", async (t) => {
  const cell = await startTestCell(t);
  for (const id of ["fra-1", "fra-2", "fra-3"]) await cell.setFault(id, "hang");
  const channel = chatChannel(chatBody());
  const served = cell.gateway.serve(channel);
  while ((await requestsAtAll(cell)) === 0);
  channel.leave();
  await served;
  const outcome = cell.entries.at(-1);
  assert.ok(outcome?.t === "outcome" && outcome.v === 3);
  assert.equal(outcome.result, "aborted");
  assert.equal(outcome.attempts.filter(({ sent }) => sent).length, 1);
  assert.equal(channel.status, null);
});

function chatChannel(body: string, headers: Readonly<Record<string, string>> = {}): MemoryChannel {
  return new MemoryChannel({
    method: "POST",
    target: "/v1/chat/completions",
    headers: {
      authorization: `Bearer ${keyOf("demo-bank")}`,
      "content-type": "application/json",
      ...headers,
    },
    body,
  });
}

/** Ids, times and positions differ from request to request. */
function withoutIds(text: string): string {
  return text
    .replaceAll(/"(id|created|system_fingerprint)":("[^"]*"|\d+)/g, '"$1":0')
    .replaceAll(/[a-z.]+\/ledger\/\S+/g, "position");
}

async function requestsAtAll(cell: TestCell): Promise<number> {
  const counts = await Promise.all(["fra-1", "fra-2", "fra-3"].map((id) => cell.requestsAt(id)));
  return counts.reduce((total, count) => total + count, 0);
}
