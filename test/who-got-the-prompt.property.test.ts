// DESIGN §1.3: nothing is unrecorded. Generated sequences of faults, leavings and steps of the clock go through a real
// cell to real sockets; the endpoints that the ledger says were sent the prompt are those whose sockets got it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import * as fc from "fast-check";
import type { Entry } from "../src/ledger/index.ts";
import { MemoryChannel } from "./support/memory-channel.ts";
import { keyOf, startTestCell, type TestCell, testPolicy } from "./support/test-cell.ts";

const sequences = Number(process.env["BAILIWICK_SEQUENCES"] ?? 2_000);
const requestsPerRun = 20;
const seed = Number(process.env["BAILIWICK_SEED"] ?? Date.now() % 1_000_000_000);
const policy = testPolicy.replaceAll(
  /(fra-[123]: \{ cell: eu-frankfurt, engine:) sim/g,
  "$1 openai-compatible",
);
const endpoints = ["fra-1", "fra-2"] as const;

const faults = ["none", "none", "none", "busy", "error", "garbage", "reset", "cut", "hang", "slow"] as const;
type Fault = (typeof faults)[number] | "none";
const anyFault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 4, arbitrary: fc.constant("none" as const) },
  { weight: 1, arbitrary: fc.constantFrom(...faults) },
);

interface Step {
  /** One for each endpoint that listens. */
  readonly faults: readonly Fault[];
  readonly isStream: boolean;
  /** When the caller hangs up; null: it stays. */
  readonly leavesAfterMs: number | null;
  /** By how much the wall clock is set while the request is under way. */
  readonly stepMs: number;
}

const anyStep: fc.Arbitrary<Step> = fc.record({
  faults: fc.array(anyFault, { minLength: endpoints.length, maxLength: endpoints.length }),
  isStream: fc.boolean(),
  leavesAfterMs: fc.oneof(
    { weight: 3, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 12 }) },
  ),
  stepMs: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: -3_600_000, max: 3_600_000 }) },
  ),
});

test(`of ${sequences} sequences the ledger names exactly those who got the prompt`, async (t) => {
  t.diagnostic(`seed ${seed}`);
  const clock = { stepMs: 0 };
  const received = new Map<string, string[]>();
  const urls: Record<string, string> = { "fra-3": await urlOfNobody() };
  for (const id of endpoints) urls[id] = await startRecipient(t, id, received);
  const cell = await startTestCell(t, {
    policy,
    urls,
    limits: { deadlineMs: 250, idleTimeoutMs: 200 },
    now: () => Date.now() + clock.stepMs,
  });
  const run = async (steps: readonly Step[]): Promise<void> => {
    await Promise.all(steps.map((step) => live(cell, clock, step)));
  };
  const runs = Math.ceil(sequences / requestsPerRun);
  const anySteps = fc.array(anyStep, { minLength: requestsPerRun, maxLength: requestsPerRun });
  await fc.assert(fc.asyncProperty(anySteps, run), { numRuns: runs, seed, endOnFailure: true });
  // What is in the kernel's hands still has to come out of it.
  await pause(300);

  const named = namedIn(cell.entries);
  let sent = 0;
  for (const rid of new Set([...named.keys(), ...received.keys()])) {
    assert.deepEqual(named.get(rid)?.toSorted() ?? [], received.get(rid)?.toSorted() ?? [], `request ${rid}`);
    sent += received.get(rid)?.length ?? 0;
  }
  const outcomes = cell.entries.filter(({ t: kind }) => kind === "outcome");
  const results = Object.groupBy(outcomes, (entry) => (entry.t === "outcome" ? entry.result : ""));
  t.diagnostic(
    JSON.stringify({
      sent,
      ...Object.fromEntries(Object.entries(results).map(([word, all]) => [word, all?.length])),
    }),
  );
  assert.equal(outcomes.length, cell.entries.filter(({ t: kind }) => kind === "decision").length);
  assert.ok(sent > sequences / 2, "hardly anything was sent");
  assert.ok((results["aborted"]?.length ?? 0) > sequences / 20, "hardly anybody left");
});

async function live(cell: TestCell, clock: { stepMs: number }, step: Step): Promise<void> {
  const channel = new MemoryChannel({
    method: "POST",
    target: "/v1/chat/completions",
    headers: { authorization: `Bearer ${keyOf("demo-bank")}`, "content-type": "application/json" },
    body: JSON.stringify({
      model: "assistant",
      stream: step.isStream,
      messages: [{ role: "user", content: "hello" }],
      user: JSON.stringify(Object.fromEntries(endpoints.map((id, at) => [id, step.faults[at]]))),
    }),
  });
  const served = cell.gateway.serve(channel);
  clock.stepMs += step.stepMs;
  if (step.leavesAfterMs !== null) setTimeout(() => channel.leave(), step.leavesAfterMs);
  await served;
}

/** By request, every endpoint that an outcome says was sent it, as often as it was. */
function namedIn(entries: readonly Entry[]): ReadonlyMap<string, readonly string[]> {
  const named = new Map<string, string[]>();
  for (const entry of entries) {
    if (entry.t !== "outcome" || entry.v === 1) continue;
    const sent = entry.attempts.filter(({ sent: isSent }) => isSent).map(({ endpoint }) => endpoint);
    if (sent.length > 0) named.set(entry.rid, [...(named.get(entry.rid) ?? []), ...sent]);
  }
  return named;
}

/** Notes whose request reached its sockets before any of it is understood, and then does what the request says. */
async function startRecipient(t: TestContext, id: string, received: Map<string, string[]>): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("close", () => sockets.delete(socket)).on("error", () => undefined));
    let text = "";
    socket.on("data", (data) => {
      const isFirst = text === "";
      text += data.toString("latin1");
      const rid = isFirst ? /^x-request-id: (\w+)/im.exec(text)?.[1] : undefined;
      if (rid !== undefined) received.set(rid, [...(received.get(rid) ?? []), id]);
      const body = wholeBody(text);
      if (body === null) return;
      text = "";
      misbehave(socket, faultIn(body, id), body.includes('"stream":true'));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A port that nobody listens at. */
async function urlOfNobody(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}`;
}

function wholeBody(text: string): string | null {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const length = Number(/^content-length: (\d+)/im.exec(text)?.[1] ?? 0);
  return text.length < end + 4 + length ? null : text.slice(end + 4);
}

function faultIn(body: string, id: string): Fault {
  if (body === "") return "none";
  const { user } = JSON.parse(body) as { readonly user: string };
  return (JSON.parse(user) as Readonly<Record<string, Fault>>)[id] ?? "none";
}

function misbehave(socket: Socket, fault: Fault, isStream: boolean): void {
  const answer = isStream ? stream : whole;
  switch (fault) {
    case "none":
      return void socket.write(answer);
    case "slow":
      return void setTimeout(() => socket.write(answer), 8);
    case "busy":
      return void socket.write(http(429, "{}", "retry-after-ms: 2\r\n"));
    case "error":
      return void socket.write(http(500, "{}"));
    case "garbage":
      return void socket.end("SSH-2.0-OpenSSH_9.2\r\n");
    case "reset":
      return void socket.resetAndDestroy();
    case "cut":
      return void socket.end(answer.slice(0, -30));
    case "hang":
      return;
  }
}

const members = '"id":"chatcmpl-1","created":1,"model":"m"';
const whole = http(
  200,
  `{${members},"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"yes"},"finish_reason":"stop"}]}`,
);
const event = `data: {${members},"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"yes"}}]}\n\n`;
const stream = http(200, `${event}${event}data: [DONE]\n\n`, "content-type: text/event-stream\r\n");

function http(status: number, body: string, headers = "content-type: application/json\r\n"): string {
  return `HTTP/1.1 ${status} -\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`;
}
