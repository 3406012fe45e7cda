// What the law takes back, an operator orders, or time ends, while a session is open: not one word more reaches its engine.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { sha256, verifyEd25519 } from "../../src/keys/index.ts";
import { verifyLedger } from "../../src/ledger/index.ts";
import { openLogDirectory } from "../../src/store/index.ts";
import { askAdmin } from "../support/ask-admin.ts";
import { noteOf, policyWithCounsel, putNote, suspension } from "../support/legal-notes.ts";
import { connectRealtime, type RealtimeClient, refusedRealtime } from "../support/realtime-client.ts";
import { playedBy, type RealtimeEngine, startRealtimeEngine } from "../support/realtime-engine.ts";
import { startTestCell, type TestCell, type TestCellOptions } from "../support/test-cell.ts";

const played = playedBy(policyWithCounsel);

interface Scene {
  readonly cell: TestCell;
  readonly engine: RealtimeEngine;
  readonly client: RealtimeClient;
}

/** A session of `solo`, one event into it. */
async function open(
  t: TestContext,
  {
    tenant = "demo-bank",
    headers = {},
    ...options
  }: TestCellOptions & {
    readonly tenant?: string;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Promise<Scene> {
  const engine = await startRealtimeEngine(t, () => undefined);
  const cell = await startTestCell(t, { policy: played, ...options, urls: { "fra-1": engine.url } });
  const authorization = `Bearer sk-${tenant}`;
  const client = await connectRealtime(cell, {
    model: "solo",
    options: { headers: { authorization, ...headers } },
  });
  client.say({ type: "input_audio_buffer.clear" });
  while (engine.heard.length === 0) await pause(5);
  return { cell, engine, client };
}

/** It was told why and closed; its engine's end is closed, and heard nothing after the first event; its outcome is on disk. */
async function endedBy({ cell, engine, client }: Scene, type: string, code: number): Promise<string> {
  const { error } = (await client.heard("error")) as unknown as { error: { type: string; message: string } };
  assert.equal(error.type, type);
  assert.deepEqual(await client.closed, { code, reason: type });
  while (engine.openCount() > 0) await pause(5);
  assert.equal(engine.heard.length, 1);
  const outcome = cell.entries.findLast((entry) => entry.t === "outcome");
  assert.ok(outcome?.t === "outcome");
  assert.deepEqual([outcome.result, outcome.error, outcome.status], ["interrupted", type, 101]);
  return error.message;
}

test("a legal event cuts the session at once, and the next handshake is decided by it", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const scene = await open(t, { directory });
  putNote(scene.cell.legalDirectory, "a.note", noteOf(suspension("stop-1", "endpoint", "fra-1")));
  assert.match(await endedBy(scene, "policy_overtaken", 1008), /the law changed/);
  assert.equal((await refusedRealtime(scene.cell, { model: "solo" })).status, 451);
  await scene.cell.ledger.close();
  const logs = await openLogDirectory(join(directory, "ledger"));
  const trust = { logs: [scene.cell.ledger.verifierKey], witnesses: [], quorum: { kind: "none" } } as const;
  const readers = logs.map(({ reader }) => reader);
  const report = await verifyLedger({ readers, trust, sha256, verifyEd25519 });
  assert.deepEqual(
    report.logs.map(({ problems, openDecisionCount }) => ({ problems, openDecisionCount })),
    [{ problems: [], openDecisionCount: 0 }],
  );
});

test("a legal event that is about somebody else leaves the session alone", async (t) => {
  const { cell, engine, client } = await open(t);
  putNote(cell.legalDirectory, "a.note", noteOf(suspension("stop-us", "region", "US")));
  while (!/bailiwick_legal_events\{[^}]*\} 1/.test(cell.metrics())) await pause(5);
  client.say({ type: "response.create" });
  while (engine.heard.length < 2) await pause(5);
  client.webSocket.close();
});

test("a permit that runs out ends the session, though nobody says a word", async (t) => {
  let nowMs = Date.parse("2026-11-20T12:00:00Z");
  const scene = await open(t, { now: () => nowMs });
  const validity = { fromMs: nowMs + 3_600_000, untilMs: null };
  putNote(
    scene.cell.legalDirectory,
    "a.note",
    noteOf({ ...suspension("stop-1", "endpoint", "fra-1"), validity }),
  );
  while (!/bailiwick_legal_events\{[^}]*\} 1/.test(scene.cell.metrics())) await pause(5);
  const second = await connectRealtime(scene.cell, { model: "solo" });
  nowMs += 3_600_000;
  second.say({ type: "response.create" });
  assert.equal((await second.closed).reason, "policy_overtaken");
  await endedBy(scene, "policy_overtaken", 1008);
});

test("an endpoint that answers from elsewhere loses its sessions, and the violation is on record", async (t) => {
  const cell = await startTestCell(t);
  const client = await connectRealtime(cell, { model: "solo" });
  await client.heard("session.created");
  await cell.setFault("fra-1", "wrong-region");
  const refused = await refusedRealtime(cell, { model: "solo" });
  assert.equal(refused.status, 503);
  const { error } = (await client.heard("error")) as unknown as { error: { type: string; message: string } };
  assert.equal(error.type, "gateway_session_over");
  assert.match(error.message, /quarantine/);
  assert.equal((await client.closed).code, 1001);
  const kinds = cell.entries.map(({ t: kind }) => kind);
  assert.ok(kinds.includes("violation") && kinds.includes("quarantine"), kinds.join());
});

test("an erasure ends the sessions of its subject", async (t) => {
  const scene = await open(t, { headers: { "bailiwick-subject": "patient-4711" } });
  const order = { tenant: "demo-bank", person: "patient-4711", ground: "gdpr-17-1-b" };
  assert.equal((await askAdmin(scene.cell, "POST", "/admin/erasures", order)).status, 200);
  assert.match(await endedBy(scene, "gateway_session_over", 1001), /keys of its subject are erased/);
});

test("a reload that changes nothing for the session leaves it alone, and one that takes its key away ends it", async (t) => {
  const scene = await open(t);
  await scene.cell.reload(played.replace("demo-shop: {", "demo-shop: { sector: retail,"));
  await pause(50);
  assert.equal(scene.client.webSocket.readyState, scene.client.webSocket.OPEN);
  await scene.cell.reload(played.replace(/ {2}demo-bank:\n[^\n]*\n/, ""));
  assert.match(await endedBy(scene, "gateway_session_over", 1001), /the policy/);
});

test("a drain is told to the caller, and cuts the session when its time is over", async (t) => {
  const scene = await open(t, { limits: { drainTimeoutMs: 300 } });
  const drained = scene.cell.gateway.drain();
  const { error } = (await scene.client.heard("error")) as unknown as { error: { message: string } };
  assert.match(error.message, /end the session and connect again/);
  await endedBy(scene, "gateway_draining", 1001);
  await drained;
});

test("a caller that ends its session when it is told of the drain is not cut", async (t) => {
  const { cell, client } = await open(t, { limits: { drainTimeoutMs: 10_000 } });
  const drained = cell.gateway.drain();
  await client.heard("error");
  client.webSocket.close();
  await drained;
  const outcome = cell.entries.findLast((entry) => entry.t === "outcome");
  assert.equal(outcome?.t === "outcome" && outcome.result, "complete");
});

test("a session ends at its longest", async (t) => {
  const scene = await open(t, { limits: { maxSessionMs: 400 } });
  assert.match(await endedBy(scene, "gateway_session_over", 1001), /as long as a session may be/);
});

test("a session ends with the month whose log it is recorded in", async (t) => {
  let nowMs = Date.parse("2026-11-30T23:59:50Z");
  const scene = await open(t, { now: () => nowMs });
  nowMs += 20_000;
  assert.match(await endedBy(scene, "gateway_session_over", 1001), /the month has ended/);
});

test("a session ends with the key that it began by", async (t) => {
  let nowMs = Date.parse("2026-11-20T12:00:00Z");
  const policy = played.replace(/(late: [^\n]*expires: )2020-01-01/, "$12026-11-21");
  const scene = await open(t, { policy, tenant: "late", now: () => nowMs, limits: { maxSessionMs: 20_000 } });
  nowMs += 24 * 3_600_000;
  assert.match(await endedBy(scene, "gateway_session_over", 1001), /key or token/);
});
