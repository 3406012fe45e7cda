import assert from "node:assert/strict";
import { mkdtempSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { askChat, errorOf } from "../../test/support/ask.ts";
import {
  counsel,
  liftOf,
  noteOf,
  policyWithCounsel,
  putNote,
  signerOf,
  suspension,
} from "../../test/support/legal-notes.ts";
import { startRawUpstream } from "../../test/support/raw-http.ts";
import { startTestCell, type TestCell } from "../../test/support/test-cell.ts";

const policy = policyWithCounsel;

test("a suspended operator turns 200 into 451 with the next request, and its lift turns it back", async (t) => {
  const cell = await startTestCell(t, { policy });
  const before = await askChat(cell);
  assert.equal(before.status, 200);

  putNote(cell.legalDirectory, "a.note", noteOf(suspension("stop-rhein", "operator", "rhein-cloud")));
  await until(cell, "bailiwick_legal_events", 1);
  const during = await askChat(cell);
  assert.equal(during.status, 451);
  assert.match(errorOf(during).message, /a legal event stands here, and may be lifted$/);
  // Whom it is about, and what the operator calls his machines, is no caller's to know.
  assert.doesNotMatch(errorOf(during).message, /rhein|fra-/);
  assert.doesNotMatch(errorOf(during).message, /ever/);
  assert.notEqual(during.headers.get("bailiwick-policy"), before.headers.get("bailiwick-policy"));

  putNote(cell.legalDirectory, "b.note", noteOf(liftOf("stop-rhein")));
  await until(cell, "bailiwick_legal_events", 2);
  assert.equal((await askChat(cell)).status, 200);
  const recorded = cell.entries.flatMap((entry) => (entry.t === "legal" ? [entry] : []));
  assert.deepEqual(
    recorded.map(({ event, act, signer }) => [event, act, signer]),
    [
      ["stop-rhein", "suspend", "test.example/legal"],
      ["lift-stop-rhein", "lift", "test.example/legal"],
    ],
  );
  assert.equal(recorded[0]?.policy, during.headers.get("bailiwick-policy"));
});

test("a suspended endpoint is not asked any more while others are", async (t) => {
  const cell = await startTestCell(t, { policy });
  putNote(cell.legalDirectory, "a.note", noteOf(suspension("stop-1", "endpoint", "fra-1")));
  await until(cell, "bailiwick_legal_events", 1);
  for (let round = 0; round < 6; round++) {
    assert.notEqual((await askChat(cell)).headers.get("bailiwick-endpoint"), "fra-1");
  }
  assert.equal(await cell.requestsAt("fra-1"), 0);
});

test("an event ends by itself at its instant", async (t) => {
  let nowMs = Date.parse("2026-11-20T12:00:00Z");
  const cell = await startTestCell(t, { policy, now: () => nowMs });
  const validity = { fromMs: nowMs + 1_000, untilMs: nowMs + 2_000 };
  putNote(cell.legalDirectory, "a.note", noteOf({ ...suspension("stop-de", "region", "DE"), validity }));
  await until(cell, "bailiwick_legal_events", 1);
  assert.equal((await askChat(cell)).status, 200);
  nowMs += 1_000;
  assert.equal((await askChat(cell)).status, 451);
  nowMs += 1_000;
  assert.equal((await askChat(cell)).status, 200);
});

test("events survive a restart, and are recorded again in the new opening", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-legal-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  await t.test("the first process", async (first) => {
    const cell = await startTestCell(first, { policy, directory });
    putNote(cell.legalDirectory, "a.note", noteOf(suspension("stop-rhein", "operator", "rhein-cloud")));
    await until(cell, "bailiwick_legal_events", 1);
    assert.equal((await askChat(cell)).status, 451);
  });
  await t.test("the second process", async (second) => {
    const cell = await startTestCell(second, { policy, directory });
    assert.equal((await askChat(cell)).status, 451);
    assert.deepEqual(
      cell.entries.map(({ t }) => t),
      ["legal", "decision"],
    );
    putNote(cell.legalDirectory, "b.note", noteOf(liftOf("stop-rhein")));
    await until(cell, "bailiwick_legal_events", 2);
    assert.equal((await askChat(cell)).status, 200);
  });
  await t.test("the third process, after the lift", async (third) => {
    const cell = await startTestCell(third, { policy, directory });
    assert.equal((await askChat(cell)).status, 200);
  });
});

const good = noteOf(suspension("stop-rhein", "operator", "rhein-cloud"));
const ended = { fromMs: 0, untilMs: 1 };
const refusals = [
  { refusal: "malformed", title: "garbage", note: Buffer.from("garbage") },
  { refusal: "malformed", title: "a note of something else", note: rewritten("something else\n") },
  {
    refusal: "unsigned",
    title: "a key that the policy does not name",
    note: noteOf(suspension("stop-2", "region", "DE"), signerOf("stranger", "stranger.example/legal")),
  },
  {
    refusal: "unsigned",
    title: "another key under the same name",
    note: noteOf(suspension("stop-2", "region", "DE"), signerOf("stranger", counsel.key.name)),
  },
  {
    refusal: "foreign",
    title: "another deployment",
    note: noteOf(suspension("stop-2", "region", "DE"), counsel, "other.example"),
  },
  {
    refusal: "stale",
    title: "a time that is over",
    note: noteOf({ ...suspension("stop-2", "region", "DE"), validity: ended }),
  },
  {
    refusal: "replayed",
    title: "an id that was used for something else",
    note: noteOf(suspension("stop-1", "region", "DE")),
  },
  { refusal: "unreadable", title: "more bytes than an event has", note: Buffer.alloc(20_000, "x") },
] as const;

test("what is no event that counts is refused with a closed word, and set aside", async (t) => {
  const cell = await startTestCell(t, { policy });
  putNote(cell.legalDirectory, "0.note", noteOf(suspension("stop-1", "endpoint", "fra-1")));
  await until(cell, "bailiwick_legal_events", 1);
  const counts = new Map<string, number>();
  for (const [index, { refusal, note, title }] of refusals.entries()) {
    counts.set(refusal, (counts.get(refusal) ?? 0) + 1);
    putNote(cell.legalDirectory, `x${index}.note`, note);
    await until(cell, "bailiwick_legal_events_refused_total", counts.get(refusal) ?? 0, refusal);
    assert.ok(readdirSync(cell.legalDirectory).includes(`x${index}.note.refused`), title);
  }
  assert.equal((await askChat(cell)).status, 200);
  assert.equal(cell.entries.filter(({ t }) => t === "legal").length, 1);
});

test("a lift that was put in again lifts no later suspension", async (t) => {
  const cell = await startTestCell(t, { policy });
  const notes = [
    suspension("stop-1", "operator", "rhein-cloud"),
    liftOf("stop-1"),
    suspension("stop-2", "operator", "rhein-cloud"),
  ].map((event) => noteOf(event));
  for (const [index, note] of notes.entries()) {
    putNote(cell.legalDirectory, `${index}.note`, note);
    await until(cell, "bailiwick_legal_events", index + 1);
  }
  putNote(cell.legalDirectory, "again.note", notes[1] ?? assert.fail());
  await until(cell, "bailiwick_legal_events_refused_total", 1, "replayed");
  assert.equal((await askChat(cell)).status, 451);
});

test("a request that an event overtakes is decided again, and both decisions are on record", async (t) => {
  const cell = await startTestCell(t, { policy });
  await cell.setFault("fra-1", "hang");
  await cell.setFault("fra-2", "hang");
  const asked = askChat(cell);
  const untilBusy = async (): Promise<boolean> =>
    (await cell.requestsAt("fra-1")) + (await cell.requestsAt("fra-2")) > 0;
  while (!(await untilBusy())) await pause(5);
  putNote(cell.legalDirectory, "a.note", noteOf(suspension("stop-rhein", "operator", "rhein-cloud")));
  await until(cell, "bailiwick_legal_events", 1);
  const answer = await asked;
  // The cell itself is operated by whom the event suspends.
  assert.equal(answer.status, 451);
  assert.match(errorOf(answer).message, /a legal event stands here/);
  assert.equal((await cell.requestsAt("fra-1")) + (await cell.requestsAt("fra-2")), 1);
  // The event has its effect before it is an entry, so its entry may come anywhere among these.
  const [first, closed, second] = cell.entries.filter(({ t }) => t !== "legal");
  assert.ok(first?.t === "decision" && closed?.t === "outcome" && second?.t === "decision");
  assert.equal(cell.entries.filter(({ t }) => t === "legal").length, 1);
  assert.ok(first.v === 3 && closed.v === 3 && second.v === 3);
  assert.deepEqual([first.verdict, first.revision], ["permit", 0]);
  assert.deepEqual(
    [closed.result, closed.attempts.map(({ sent, failure }) => [sent, failure])],
    ["redecided", [[true, "overtaken"]]],
  );
  assert.deepEqual([second.verdict, second.revision, second.rid], ["refuse", 1, first.rid]);
  assert.notEqual(second.policy, first.policy);
});

test("a request that is decided again is not sent again to an endpoint that had it and hung up", async (t) => {
  let hadIt = 0;
  const upstream = await startRawUpstream(t, (socket, request) => {
    if (request.startsWith("POST ")) hadIt++;
    socket.destroy();
  });
  const cell = await startTestCell(t, { policy, urls: { "fra-1": upstream.url } });
  await cell.setFault("fra-2", "down");
  await cell.setFault("fra-3", "hang");
  const asked = askChat(cell);
  while ((await cell.requestsAt("fra-3")) === 0) await pause(5);
  assert.equal(hadIt, 1);
  putNote(cell.legalDirectory, "a.note", noteOf(suspension("stop-3", "endpoint", "fra-3")));
  assert.equal((await asked).status, 503);
  assert.equal(hadIt, 1);
});

function rewritten(text: string): Buffer {
  const signature = good.subarray(good.lastIndexOf("\n\n") + 1);
  return Buffer.concat([Buffer.from(text), signature]);
}

/** Waits until the metric has come to `value`. */
async function until(cell: TestCell, metric: string, value: number, refusal?: string): Promise<void> {
  const labels =
    refusal === undefined ? '{cell="eu-frankfurt"}' : `{cell="eu-frankfurt",refusal="${refusal}"}`;
  while (!cell.metrics().includes(`${metric}${labels} ${value}\n`)) await pause(5);
}
