// What strangers may take from a cell, tried on a process that has little to give.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { prepareDemoCells } from "./support/demo-cells.ts";
import { eventually } from "./support/demo.ts";
import { chatAt, type ServedCell, startServe } from "./support/serve.ts";

interface Served extends ServedCell {
  readonly key: string;
}

async function serveWith(t: TestContext, openFiles: number): Promise<Served> {
  const demo = await prepareDemoCells(t);
  const cell = await startServe(join(demo.directory, "eu-frankfurt.yaml"), {}, openFiles);
  t.after(() => cell.stop());
  return { ...cell, key: demo.keys["demo-bank"] ?? "" };
}

async function stranger(t: TestContext, url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on("error", () => undefined);
  t.after(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

async function statusOf(url: string): Promise<number> {
  return (await fetch(url)).status;
}

test("220 idle strangers at 256 descriptors take nothing from callers, from the ledger or from operators", async (t) => {
  const cell = await serveWith(t, 256);
  for (let count = 0; count < 220; count++) await stranger(t, cell.url);
  for (let count = 0; count < 20; count++) await chatAt(cell.url, cell.key);
  assert.equal(await statusOf(`${cell.url}/readyz`), 200);
  const about = (await (await fetch(`${cell.admin}/readyz?verbose`)).json()) as {
    readonly capacity: unknown;
  };
  assert.deepEqual(Object.keys(about.capacity as object), [
    "descriptors",
    "connections",
    "upstreamConnections",
    "bytesInFlight",
  ]);
  assert.equal(await cell.stop(), 0);
});

test("40 callers at once and 220 strangers at 256 descriptors: every caller is answered", async (t) => {
  const cell = await serveWith(t, 256);
  for (let count = 0; count < 220; count++) await stranger(t, cell.url);
  await Promise.all(Array.from({ length: 40 }, () => chatAt(cell.url, cell.key)));
  assert.equal(await cell.stop(), 0);
});

test("4,600 requests pipelined on one connection are served one at a time, and others are answered beside them", async (t) => {
  const cell = await serveWith(t, 4_096);
  const body = JSON.stringify({ model: "assistant", messages: [{ role: "user", content: "hello" }] });
  const request = [
    "POST /v1/chat/completions HTTP/1.1",
    "host: cell",
    `authorization: Bearer ${cell.key}`,
    "content-type: application/json",
    `content-length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
  const socket = await stranger(t, cell.url);
  let heard = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => (heard += chunk));
  socket.write(request.repeat(4_600));
  await eventually(() => heard.split("HTTP/1.1 200 OK").length > 20);
  await chatAt(cell.url, cell.key);
  const metrics = await (await fetch(`${cell.admin}/metrics`)).text();
  assert.match(metrics, /^bailiwick_requests_in_flight\{[^}]*\} [01]$/m);
  assert.match(metrics, /^bailiwick_ledger_writable\{[^}]*\} 1$/m);
  socket.destroy();
  assert.equal(await cell.stop(), 0);
});
