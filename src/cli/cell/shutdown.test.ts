import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import type { MonotonicMs } from "../../base/index.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { shutdownRequest } from "./shutdown.ts";

/** The signals arrive at these moments; what the process did after each of them. */
async function leaveAfter(
  ...arrivals: ReadonlyArray<readonly [atMs: number, signal: "SIGTERM" | "SIGINT"]>
): Promise<readonly (number | null)[]> {
  const signals = new EventEmitter();
  let nowMs = 0;
  let code: number | null = null;
  const terminal = { complain: () => undefined } as unknown as Terminal;
  const asked = shutdownRequest(terminal, {
    signals,
    monotonicNow: () => nowMs as MonotonicMs,
    leave: (with_) => (code = with_),
  });
  const codes = arrivals.map(([atMs, signal]) => {
    nowMs = atMs;
    signals.emit(signal, signal, signal === "SIGTERM" ? 15 : 2);
    return code;
  });
  await asked;
  return codes;
}

test("a signal that comes twice within milliseconds is one request to leave, whichever signals they are", async () => {
  assert.deepEqual(await leaveAfter([0, "SIGTERM"], [2, "SIGTERM"]), [null, null]);
  assert.deepEqual(await leaveAfter([0, "SIGINT"], [40, "SIGTERM"], [90, "SIGTERM"]), [null, null, null]);
});

test("a second request, a second later, leaves at once with the code of its signal", async () => {
  assert.deepEqual(await leaveAfter([0, "SIGTERM"], [1_000, "SIGTERM"]), [null, 143]);
  assert.deepEqual(await leaveAfter([0, "SIGTERM"], [3, "SIGTERM"], [700, "SIGINT"]), [null, null, 130]);
});
