import assert from "node:assert/strict";
import { test } from "node:test";
import type { CellId, EndpointId, ModelAlias, RequestId } from "../base/index.ts";
import type { LogEvent } from "./log-event.ts";
import { createLogger } from "./logger.ts";
import { createMetrics } from "./registry.ts";

const canary = "My name is Ada Lovelace, +44 20 7946 0000";
const cell = "eu-frankfurt" as CellId;
const endpoint = "fra-1" as EndpointId;
const model = "assistant" as ModelAlias;
const request = "0123456789abcdef0123456789abcdef" as RequestId;

const finished: LogEvent = {
  event: "request_finished",
  cell,
  request,
  route: "chat_completions",
  status: 503,
  error: "policy_region_unavailable",
  result: "failed",
  endpoint: null,
  attempts: 2,
  hedges: 1,
  cache: "none",
  isStream: true,
  isTaken: true,
  firstByteMs: null,
  durationMs: 12.5,
};
const events: readonly LogEvent[] = [
  finished,
  { event: "policy_loaded", cell, policy: `sha256:${"0f".repeat(32)}` },
  { event: "cell_started", cell, port: 7401, adminPort: 7411 },
  { event: "cell_draining", cell, inFlight: 3 },
  { event: "cell_stopped", cell, uptimeMs: 1000 },
  { event: "endpoint_health_changed", cell, endpoint, health: "open" },
  { event: "circuit_changed", cell, endpoint, model, circuit: "open" },
  { event: "attempt_failed", cell, request, endpoint, model, failure: "status", cause: "key", status: 401 },
  { event: "endpoint_refuses", cell, request, endpoint, model, reason: "key", status: 401 },
  { event: "violation", cell, request, endpoint, evidence: "E3", entry: 7 },
  { event: "alarm", cell, alarm: "region_unavailable" },
  { event: "ledger_poisoned", cell },
  { event: "internal_error", cell, request: null, thrown: new TypeError(canary) },
];

// Fails to compile when a field could hold any text. `hash` and `thrown` are checked as they are written.
type OpenFields<Event> = Event extends LogEvent
  ? { [Field in keyof Event]: string extends Event[Field] ? Field : never }[keyof Event]
  : never;
const openFields: readonly OpenFields<LogEvent>[] = ["policy", "thrown"];

test("an event is one line of JSON with its time, its level and its fields in a fixed order", () => {
  assert.equal(
    logged(finished),
    '{"time":"1970-01-01T00:00:01.000Z","level":"info","event":"request_finished","cell":"eu-frankfurt",' +
      '"request":"0123456789abcdef0123456789abcdef","route":"chat_completions","status":503,' +
      '"error":"policy_region_unavailable","result":"failed","endpoint":null,"attempts":2,"hedges":1,"cache":"none","isStream":true,"isTaken":true,"firstByteMs":null,' +
      '"durationMs":12.5}\n',
  );
});

test("what an event holds comes out of its line again", () => {
  for (const event of events) {
    if (event.event === "internal_error") continue;
    const { time, level, ...rest } = JSON.parse(logged(event)) as Record<string, unknown>;
    assert.deepEqual(rest, event);
    assert.equal(time, "1970-01-01T00:00:01.000Z");
    assert.match(String(level), /^(info|warn|error)$/);
  }
});

test("content put into any field of any event, or beside its fields, is not written", () => {
  assert.deepEqual(openFields, ["policy", "thrown"]);
  for (const event of events) {
    for (const field of Object.keys(event).filter((name) => name !== "event")) {
      for (const value of [canary, { canary }, [canary], new Error(canary), `${canary}\n`]) {
        assertSilent(logged({ ...event, [field]: value }));
      }
    }
    const beside = { [canary]: canary, prompt: canary };
    assertSilent(logged({ ...event, ...beside }));
  }
});

test("something thrown is told by its class and its line in our sources", () => {
  const thrown = caught(() => createMetrics().counter(canary, "x"));
  const line = logged({ event: "internal_error", cell, request, thrown });
  assertSilent(line);
  const told = (JSON.parse(line) as { thrown: { class: string; at: string } }).thrown;
  assert.equal(told.class, "TypeError");
  assert.match(told.at, /^telemetry\/families\.ts:\d+$/);
});

const src = new URL("../", import.meta.url).href;
const disguises: readonly { title: string; thrown: unknown }[] = [
  { title: "a string", thrown: canary },
  { title: "an object without a prototype", thrown: Object.assign(Object.create(null), { message: canary }) },
  {
    title: "a message that imitates frames",
    thrown: new Error(`x\n    at ${src}Ada-Lovelace.ts:1:1\n    at ${src}ada-lovelace.ts:1:1`),
  },
  { title: "a name that is content", thrown: Object.assign(new Error("x"), { name: canary }) },
  {
    title: "a class that is called like content",
    thrown: new { [canary]: class extends Error {} }[canary](),
  },
  {
    title: "a stack that is content",
    thrown: Object.assign(new Error("x"), { stack: `${canary}\n    at ${canary} (${src}${canary}.ts:1:1)` }),
  },
  { title: "a stack that is no text", thrown: Object.assign(new Error("x"), { stack: { canary } }) },
  { title: "a cause that is content", thrown: new Error("x", { cause: new Error(canary) }) },
];
for (const { title, thrown } of disguises) {
  test(`${title} cannot be smuggled out in something thrown`, () => {
    assertSilent(logged({ event: "internal_error", cell, request, thrown }));
  });
}

function assertSilent(line: string): void {
  for (const word of ["Ada", "ada", "Lovelace", "lovelace", "7946"]) assert.ok(!line.includes(word), line);
  assert.equal(line.split("\n").length, 2);
}

function logged(event: LogEvent): string {
  const lines: string[] = [];
  createLogger(
    (line) => lines.push(line),
    () => 1000,
  )(event);
  assert.equal(lines.length, 1);
  return lines.join("");
}

function caught(run: () => unknown): unknown {
  try {
    run();
  } catch (thrown) {
    return thrown;
  }
  return assert.fail("nothing was thrown");
}
