// What the threads of a cell owe each other, with the port between them in the test's hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { askChat, post } from "../../../test/support/ask.ts";
import { noteOf, policyWithCounsel, putNote, suspension } from "../../../test/support/legal-notes.ts";
import { chunkEvent, startRawUpstream, streamHead } from "../../../test/support/raw-http.ts";
import { startTestCell, type TestCell, testPolicy } from "../../../test/support/test-cell.ts";
import { inProcessPorts } from "./port.ts";
import type { ControlMessage, ControlPort, GatewayMessage, GatewayPort } from "./thread-messages.ts";

const withoutShop = testPolicy.replace(/^ {2}demo-shop:.*\n/m, "");

test("a thread whose port closes ends the cell: it says why, is not ready, and finishes what runs", async (t) => {
  const finish = Promise.withResolvers<void>();
  const upstream = await startRawUpstream(t, (socket) => {
    socket.write(streamHead + chunkEvent("Hello"));
    void finish.promise.then(() => socket.end("data: [DONE]\n\n"));
  });
  const ports = inProcessPorts<ControlMessage, GatewayMessage>();
  const cell = await startTestCell(t, { ports, urls: { "fra-1": upstream.url } });
  const answer = await post(cell, { model: "solo", isStream: true });
  ports[1].close();
  assert.match(
    await cell.gateway.failed,
    /cell `eu-frankfurt`: a gateway thread has ended \(its port closed\)/,
  );
  assert.equal((await fetch(`${cell.gateway.adminUrl}/readyz`)).status, 503);
  assert.equal((await fetch(`${cell.gateway.adminUrl}/livez`)).status, 200);
  assert.match(cell.metrics(), /bailiwick_alarms_total\{cell="eu-frankfurt",kind="thread_lost"\} 1\n/);
  await assert.rejects(askChat(cell), "the thread takes no more callers");
  assert.equal(await cell.reload(withoutShop), "unusable");
  finish.resolve();
  assert.match(await answer.text(), /data: \[DONE\]\n\n$/);
  await cell.gateway.drain();
  assert.equal(cell.entries.at(-1)?.t, "outcome");
});

test("a thread that cannot carry out an order is told from one that was asked to end", async (t) => {
  const ports = inProcessPorts<ControlMessage, GatewayMessage>();
  const cell = await startTestCell(t, { ports });
  ports[0].send({ kind: "order", id: 999, order: { kind: "commit", epoch: 999 } });
  assert.match(await cell.gateway.failed, /`commit` failed: TypeError: epoch 999 has not been prepared/);

  const other = await startTestCell(t);
  await other.gateway.drain();
  const nothing = Symbol("nothing");
  assert.equal(await Promise.race([other.gateway.failed, pause(50, nothing)]), nothing);
});

test("a policy that its thread refuses leaves the last good one in force", async (t) => {
  const orders: string[] = [];
  const ports = tapped({
    toGateway: (message) => void (message.kind === "order" && orders.push(message.order.kind)),
    toControl: (message) =>
      message.kind === "answer" && message.answer.kind === "prepared"
        ? { ...message, answer: { kind: "prepared", isUsable: false } }
        : message,
  });
  const cell = await startTestCell(t, { ports });
  const before = await askChat(cell, { tenant: "demo-shop" });
  assert.equal(await cell.reload(withoutShop), "unusable");
  const after = await askChat(cell, { tenant: "demo-shop" });
  assert.equal(after.status, before.status);
  assert.equal(after.headers.get("bailiwick-policy"), before.headers.get("bailiwick-policy"));
  assert.deepEqual(orders, ["start", "prepare"]);
});

test("a suspension has effect in the thread before it is an entry of the log", async (t) => {
  let legalEntries: number | null = null;
  let cell: TestCell | null = null;
  const asked = new Set<number>();
  const ports = tapped({
    toGateway: (message) =>
      void (message.kind === "order" && message.order.kind === "events" && asked.add(message.id)),
    toControl(message) {
      if (message.kind === "answer" && asked.has(message.id)) legalEntries = legalEntriesOf(cell);
      return message;
    },
  });
  cell = await startTestCell(t, { ports, policy: policyWithCounsel });
  putNote(cell.legalDirectory, "a.note", noteOf(suspension("stop-rhein", "operator", "rhein-cloud")));
  while (legalEntriesOf(cell) === 0) await pause(5);
  assert.equal(legalEntries, 0);
  assert.equal((await askChat(cell)).status, 451);
});

test("a quarantine is on record before the other threads are told to take the endpoint out", async (t) => {
  const ordered: (readonly [string, number])[] = [];
  let cell: TestCell | null = null;
  const ports = tapped({
    toGateway(message) {
      if (message.kind !== "order" || message.order.kind !== "quarantine") return;
      const recorded = (cell?.entries ?? []).filter((entry) => entry.t === "quarantine").length;
      ordered.push([message.order.endpoint, recorded]);
    },
    toControl: (message) => message,
  });
  cell = await startTestCell(t, { ports });
  await cell.setFault("fra-1", "wrong-region");
  await askChat(cell, { model: "solo" });
  while (ordered.length === 0) await pause(5);
  assert.deepEqual(ordered, [["fra-1", 1]]);
});

test("the admin listener serves the metrics of every thread, and only callers are counted as in flight", async (t) => {
  const finish = Promise.withResolvers<void>();
  const upstream = await startRawUpstream(t, (socket) => {
    socket.write(streamHead + chunkEvent("Hello"));
    void finish.promise.then(() => socket.end("data: [DONE]\n\n"));
  });
  const cell = await startTestCell(t, { urls: { "fra-1": upstream.url } });
  const inFlight = /^bailiwick_requests_in_flight\{[^}]*\} (\d+)$/m;
  await askChat(cell, { tenant: "nowhere" });
  const text = await metricsAt(cell.gateway.adminUrl);
  assert.equal(inFlight.exec(text)?.[1], "0");
  assert.match(text, /^bailiwick_requests_total\{/m, "of the gateway's thread");
  assert.match(text, /^bailiwick_legal_events\{/m, "of the control thread");
  assert.match(text, /^bailiwick_ledger_writable\{[^}]*\} 1$/m);
  const answer = await post(cell, { model: "solo", isStream: true });
  for (const url of [cell.gateway.adminUrl, cell.gateway.url]) {
    assert.equal(inFlight.exec(await metricsAt(cell.gateway.adminUrl))?.[1], "1");
    await (await fetch(`${url}/nothing`)).text();
  }
  assert.equal(inFlight.exec(cell.metrics())?.[1], "1");
  finish.resolve();
  await answer.text();
});

async function metricsAt(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

function legalEntriesOf(cell: TestCell | null): number {
  return (cell?.entries ?? []).filter((entry) => entry.t === "legal").length;
}

interface Tap {
  readonly toGateway: (message: ControlMessage) => void;
  /** What the control thread hears instead. */
  readonly toControl: (message: GatewayMessage) => GatewayMessage;
}

function tapped({ toGateway, toControl }: Tap): readonly [ControlPort, GatewayPort] {
  const [control, gateway] = inProcessPorts<ControlMessage, GatewayMessage>();
  return [
    {
      ...control,
      send(message) {
        toGateway(message);
        control.send(message);
      },
    },
    { ...gateway, send: (message) => gateway.send(toControl(message)) },
  ];
}
