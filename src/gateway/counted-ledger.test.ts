// The tally of a running cell, and what a start reads of the same from its ledger.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type TestContext, test } from "node:test";
import * as fc from "fast-check";
import { askChat, post } from "../../test/support/ask.ts";
import { sellerPolicy } from "../../test/support/seller-policy.ts";
import { startTestCell, type TestCell } from "../../test/support/test-cell.ts";
import type { TenantId } from "../base/index.ts";
import { openLedger } from "../store/index.ts";
import type { TransferTally } from "./shared/transfer-tally.ts";

const seller = "seller" as TenantId;

function requestsIn(tally: TransferTally): number | null | undefined {
  return tally.of(seller)?.requestsSince({ sinceMs: 0, of: null, atHome: null });
}

interface Step {
  readonly model: "home" | "abroad" | "both" | "nowhere";
  readonly isStream: boolean;
  readonly atHome: "none" | "error" | "down";
  readonly abroad: "none" | "error" | "refuse" | "cut" | "down" | "hang";
}

const anyStep: fc.Arbitrary<Step> = fc.record({
  model: fc.constantFrom("home", "abroad", "abroad", "both", "nowhere"),
  isStream: fc.boolean(),
  atHome: fc.constantFrom("none", "error", "down"),
  abroad: fc.constantFrom("none", "none", "error", "refuse", "cut", "down", "hang"),
});

function start(t: TestContext): Promise<TestCell> {
  return startTestCell(t, { policy: sellerPolicy(0), cell: "cn", urls: { gone: "http://127.0.0.1:1" } });
}

test("whatever becomes of requests, the ledger tells the same number as the cell that counted them", async (t) => {
  const cell = await start(t);
  let most = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 6 }), async (steps) => {
      for (const step of steps) await take(cell, step);
      await untilClosed(cell, 0);
      const running = requestsIn(cell.tally);
      assert.equal(requestsIn(await cell.readTally()), running);
      assert.equal(running, sentAbroad(cell));
      most = Math.max(most, running ?? 0);
    }),
    { numRuns: 12, endOnFailure: true },
  );
  assert.ok(most > 5, `only ${most} were sent abroad`);
});

async function take(cell: TestCell, { model, isStream, atHome, abroad }: Step): Promise<void> {
  await cell.setFault("sha", atHome);
  await cell.setFault("sin", abroad);
  const leaving = new AbortController();
  // Long enough for what does not hang.
  const timer = setTimeout(() => leaving.abort(), 200);
  await askChat(cell, { tenant: seller, model, isStream, signal: leaving.signal }).catch(() => undefined);
  clearTimeout(timer);
}

/** Decisions without an outcome, but for so many that are left hanging. */
async function untilClosed({ entries }: TestCell, hanging: number): Promise<void> {
  const open = (): number =>
    entries.filter((entry) => entry.t === "decision" && entry.verdict === "permit").length -
    entries.filter(({ t }) => t === "outcome").length;
  while (open() > hanging) await pause(5);
  await pause(20);
}

/** By the outcomes, read plainly. */
function sentAbroad({ entries }: TestCell): number {
  const outcomes = entries.filter((entry) => entry.t === "outcome");
  return outcomes.filter(
    (outcome) => outcome.v === 3 && outcome.attempts.some(({ endpoint, sent }) => sent && endpoint === "sin"),
  ).length;
}

test("after a crash, requests under way abroad count, and those under way at home do not", async (t) => {
  const cell = await start(t);
  for (const model of ["abroad", "abroad", "both"]) await askChat(cell, { tenant: seller, model });
  await cell.setFault("sin", "hang");
  await cell.setFault("sha", "hang");
  const leaving = new AbortController();
  const hanging = ["abroad", "abroad", "abroad", "both", "home"].map((model) =>
    post(cell, { tenant: seller, model, signal: leaving.signal }).catch(() => undefined),
  );
  while ((await cell.requestsAt("sin")) < 5 || (await cell.requestsAt("sha")) < 3) await pause(5);
  // The one that may go to both holds a place until it is over: nobody knows yet where it ends.
  assert.equal(requestsIn(cell.tally), 2 + 3 + 1);
  assert.equal(requestsIn(await cell.readTally()), 2 + 3);
  const crashed = await crash(t, cell);
  assert.equal(requestsIn(await cell.readTally(crashed)), 2 + 3);
  leaving.abort();
  await Promise.all(hanging);
  await untilClosed(cell, 0);
  assert.equal(requestsIn(cell.tally), 2 + 3);
});

/** The ledger as a process left it that was killed now, after the next start has said `unknown` of what it left open. */
async function crash(t: TestContext, { ledger }: TestCell): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-counted-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  cpSync(join(ledger.directory, ".."), directory, { recursive: true });
  rmSync(join(directory, "ledger", "lock"));
  const next = await openLedger({
    directory: join(directory, "ledger"),
    deployment: "test.example",
    jurisdiction: "CN",
    cell: "cn",
    replica: null,
    keysDirectory: join(directory, "keys"),
    policyHash: "ab".repeat(32),
    software: "bailiwick/0.0.0",
  });
  await next.close();
  return next.directory;
}
