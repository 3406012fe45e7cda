// A cell whose tenants have answers kept, and what a test asks of it.
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { sha256 } from "../../src/keys/index.ts";
import { type OutcomeEntry, verifyLog } from "../../src/ledger/index.ts";
import { openLogDirectory } from "../../src/store/index.ts";
import { type Answered, type Ask, askChat, chatBody } from "./ask.ts";
import { eventually } from "./demo.ts";
import { withCounsel } from "./legal-notes.ts";
import { verifyEd25519 } from "./ledger-crypto.ts";
import { startTestCell, type TestCell, type TestCellOptions, testPolicy } from "./test-cell.ts";

const cache =
  "response-cache: { models: [assistant, solo], classes: [personal, financial], lifetime-seconds: 60, max-bytes: 1000000 }";
/** Of `demo-bank`, `demo-shop`, `limited` and `slow`; `demo-clinic` and `narrow` have none. */
export const cachingPolicy: string = withCounsel(
  ["demo-bank", "demo-shop", "limited", "slow"]
    .reduce(
      (text, tenant) => text.replace(new RegExp(`( {2}${tenant}:\\s+\\{ )`), `$1${cache}, `),
      testPolicy.replace("concurrent-requests: 1 }", "concurrent-requests: 64, tokens-per-minute: 100000 }"),
    )
    .replaceAll(/( {2}(assistant|solo): \{ )/g, "$1tokens: { context: 4096, output: 1024 }, ")
    .replace("overseas: { ", "overseas: { tokens: { context: 4096, output: 1024 }, "),
);

export function startCachingCell(t: TestContext, options: TestCellOptions = {}): Promise<TestCell> {
  return startTestCell(t, { policy: cachingPolicy, ...options });
}

export const solo: Ask = { model: "solo" };

export function cacheOf({ headers }: Pick<Answered, "headers">): string | null {
  return headers.get("bailiwick-cache");
}

export function withoutComments({ text }: Answered): string {
  return text.replaceAll(/^:[^\n]*\n\n/gm, "");
}

export function outcomesOf({ entries }: TestCell): readonly OutcomeEntry[] {
  return entries.filter((entry): entry is OutcomeEntry => entry.t === "outcome");
}

export function keptBytes(cell: TestCell): number {
  return Number(
    /^bailiwick_response_cache_bytes\{cell="eu-frankfurt"\} (\d+)$/m.exec(cell.metrics())?.[1] ?? 0,
  );
}

/** Every request so far is over, so that what is kept of it is kept. */
export async function finished(cell: TestCell): Promise<void> {
  await eventually(async () =>
    /^bailiwick_requests_in_flight\{cell="eu-frankfurt"\} 0$/m.test(cell.metrics()),
  );
}

/** A request whose answer is kept, of that endpoint. */
export async function askUntilFrom(cell: TestCell, endpoint: string): Promise<Ask> {
  for (let round = 0; round < 40; round++) {
    const ask = { body: `${chatBody()}${" ".repeat(round)}` };
    if ((await askChat(cell, ask)).headers.get("bailiwick-endpoint") === endpoint) return ask;
  }
  return assert.fail(`nothing came from \`${endpoint}\``);
}

export async function untilMetric(cell: TestCell, metric: string, value: number): Promise<void> {
  while (!cell.metrics().includes(`${metric}{cell="eu-frankfurt"} ${value}\n`)) await pause(5);
}

export async function problemsOf(cell: TestCell): Promise<readonly unknown[]> {
  const [log] = await openLogDirectory(cell.ledger.directory);
  assert.ok(log);
  await eventually(async () => (await log.readCheckpoint())?.size === cell.ledger.state().size);
  const trust = { logs: [cell.ledger.verifierKey], witnesses: [], quorum: { kind: "none" } } as const;
  return (await verifyLog({ reader: log.reader, trust, sha256, verifyEd25519 })).problems;
}
