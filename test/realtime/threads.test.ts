// Sessions of a cell with several gateway threads, and of an engine behind TLS.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { noteOf, putNote, suspension, withCounsel } from "../support/legal-notes.ts";
import { connectRealtime } from "../support/realtime-client.ts";
import { playedBy, startRealtimeEngine } from "../support/realtime-engine.ts";
import { startTestCell, testPolicy } from "../support/test-cell.ts";
import { finishLog, policyForThreads, SeenWorkers } from "../support/threads.ts";
import { tinyAuthority } from "../support/tiny-certificates.ts";

test("a legal event cuts the sessions of every thread, and the ledger has the outcome of each", async (t) => {
  const workers = new SeenWorkers();
  const cell = await startTestCell(t, {
    policy: withCounsel(policyForThreads),
    workers: { count: 2, onWorker: workers.add },
  });
  const clients = await Promise.all(
    Array.from({ length: 24 }, () => connectRealtime(cell, { model: "solo" })),
  );
  for (const client of clients) await client.heard("session.created");
  putNote(cell.legalDirectory, "a.note", noteOf(suspension("stop-1", "endpoint", "fra-1")));
  for (const client of clients)
    assert.deepEqual(await client.closed, { code: 1008, reason: "policy_overtaken" });
  while (cell.logLines.filter((line) => line.includes('"request_finished"')).length < clients.length)
    await pause(5);
  const { entries, problems, openDecisionCount } = await finishLog(cell);
  assert.deepEqual([problems, openDecisionCount], [[], 0]);
  const outcomes = entries.flatMap((entry) => (entry.t === "outcome" ? [entry.result] : []));
  assert.deepEqual(
    outcomes,
    clients.map(() => "interrupted"),
  );
  for (const worker of workers.all) assert.ok(workers.finishedBy(worker) > 0, "one thread held no session");
});

test("a thread that dies takes its sessions with it, and their outcome is unknown", async (t) => {
  const workers = new SeenWorkers();
  const cell = await startTestCell(t, {
    policy: policyForThreads,
    workers: { count: 2, onWorker: workers.add },
  });
  const clients = await Promise.all(Array.from({ length: 12 }, () => connectRealtime(cell)));
  for (const client of clients) await client.heard("session.created");
  await workers.all[0]?.terminate();
  await Promise.race(clients.map(({ closed }) => closed));
  await pause(200);
  for (const { webSocket } of clients) if (webSocket.readyState === webSocket.OPEN) webSocket.close(1000);
  await Promise.all(clients.map(({ closed }) => closed));
  const { entries, problems, openDecisionCount } = await finishLog(cell);
  assert.deepEqual([problems, openDecisionCount], [[], 0]);
  const results = entries.flatMap((entry) => (entry.t === "outcome" ? [entry.result] : []));
  assert.equal(results.length, clients.length);
  assert.deepEqual(new Set(results), new Set(["complete", "unknown"]));
});

test("an engine behind TLS is believed by the policy's authority alone", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const [house, stranger] = [tinyAuthority("house"), tinyAuthority("stranger")];
  const engine = await startRealtimeEngine(t, () => undefined, house.issue("127.0.0.1"));
  const statusBy = async (ca: string): Promise<number> => {
    const file = join(directory, "authority.pem");
    writeFileSync(file, ca);
    const policy = playedBy(testPolicy).replace("serves: [realtime],", `serves: [realtime], ca: ${file},`);
    const cell = await startTestCell(t, { policy, urls: { "fra-1": engine.url } });
    try {
      const client = await connectRealtime(cell, { model: "solo" });
      client.webSocket.close();
      return 101;
    } catch (error) {
      return (error as { status: number }).status;
    }
  };
  assert.equal(await statusBy(house.certificate), 101);
  assert.equal(engine.asked.length, 1);
  assert.equal(await statusBy(stranger.certificate), 503);
  assert.equal(engine.asked.length, 1);
});

test("an authority that vouches no more takes its sessions with it", async (t) => {
  const [servers, acme] = [tinyAuthority("servers"), tinyAuthority("acme")];
  const policy = testPolicy.replace(
    /(demo-bank:\n[^\n]*keys: \{ )a: \{[^}]*\}/,
    "$1a: { spiffe: spiffe://acme.example/a }",
  );
  const clients = [{ trustDomain: "acme.example", certificates: acme.certificate }];
  const tls = { ...servers.issue("127.0.0.1"), clients };
  const cell = await startTestCell(t, { policy, tls });
  const shown = acme.issueFor({ uris: ["spiffe://acme.example/a"] });
  const options = { headers: {}, ca: servers.certificate, cert: shown.certificate, key: shown.key };
  const client = await connectRealtime(cell, { options });
  await client.heard("session.created");
  await cell.gateway.renewTls({ ...tls });
  client.say({ type: "session.update", session: { type: "realtime" } });
  await client.heard("session.updated");
  await cell.gateway.renewTls({ ...tls, clients: [] });
  assert.deepEqual(await client.closed, { code: 1001, reason: "gateway_session_over" });
});
