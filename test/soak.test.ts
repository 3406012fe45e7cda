// A short run of `npm run soak`, and its verdicts against what they must not overlook.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RequestId } from "../src/base/index.ts";
import { legalTargets } from "../tools/soak/lawful-sets.ts";
import type { Recorded } from "../tools/soak/recorded.ts";
import { formatReport } from "../tools/soak/report.ts";
import { runSoak } from "../tools/soak/run-soak.ts";
import { planSchedule } from "../tools/soak/schedule.ts";
import { judgeAlarms } from "../tools/soak/verdicts/alarms.ts";
import { judgeAnswers } from "../tools/soak/verdicts/answers.ts";
import { judgeAttempts } from "../tools/soak/verdicts/attempts.ts";
import { judgeEngines } from "../tools/soak/verdicts/engines.ts";
import { judgeLaw } from "../tools/soak/verdicts/law.ts";
import { judgeMemory } from "../tools/soak/verdicts/memory.ts";
import { judgeRecords } from "../tools/soak/verdicts/records.ts";
import { judgeStops } from "../tools/soak/verdicts/stops.ts";
import { outcomeEntry, requestId } from "./support/ledger-entries.ts";
import type { Life } from "../tools/soak/journal.ts";
import { answered, emptyStage, lifeOf, recorded } from "./support/soak-seen.ts";

const seconds = Number(process.env["BAILIWICK_SOAK_SECONDS"] ?? 30);
const seed = Number(process.env["BAILIWICK_SEED"] ?? Date.now() % 1_000_000_000);
const rid: RequestId = requestId(1);

test(`a cell stands ${seconds} seconds of a hard life`, async (t) => {
  const say = (line: string): void => t.diagnostic(line);
  const report = await runSoak({ seconds, seed, threads: 2, requestsPerSecond: 30, signal: t.signal, say });
  const text = formatReport(report);
  t.diagnostic(text);
  assert.ok(report.isSound, text);
});

test("the same seed gives the same schedule, and another seed another one", () => {
  const [first, again, other] = [7, 7, 8].map((seed) => planSchedule({ seed, lengthMs: 120_000 }));
  assert.deepEqual(first, again);
  assert.notDeepEqual(first, other);
});

test("no run goes without a kill, a lost thread, an erasure, a lie, a blackout and a look at the books, however short", () => {
  const deeds = planSchedule({ seed: 1, lengthMs: 20_000 }).map(({ deed }) => deed.do);
  for (const deed of ["kill", "lose-thread", "erase", "lie", "blackout", "audit"] as const)
    assert.ok(deeds.includes(deed), deed);
});

test("a request that comes to an engine which is never lawful for its tenant is told", () => {
  const seen = emptyStage();
  seen.journal.arrivals.push({ engine: "fra-3", rid, atMs: performance.now(), tenant: "clinic" });
  assert.deepEqual(judgeLaw(seen).faults, [`request ${rid} of \`clinic\` came to \`fra-3\``]);
});

test("a connection to the engine that is lawful for nobody is told, without any request", () => {
  const seen = emptyStage();
  seen.journal.connections.push({ engine: "sgp-1", atMs: performance.now() });
  assert.equal(judgeLaw(seen).faults.length, 1);
});

test("a connection to an engine that a suspension has taken from everybody is told, without any request", () => {
  const seen = emptyStage();
  const [target] = legalTargets;
  assert.ok(target);
  seen.law.suspend("stop", target);
  const told = performance.now();
  seen.journal.connections.push(
    { engine: "fra-2", atMs: told + 1_000 },
    { engine: "fra-2", atMs: told + 6_000 },
  );
  assert.match(judgeLaw(seen).faults.join(), /^1 connections to `fra-2`/);
});

test("what a suspension takes may be asked until it has settled, and then not until it is lifted", () => {
  const { law } = emptyStage();
  const [target] = legalTargets;
  assert.ok(target);
  law.suspend("stop", target);
  const now = performance.now();
  assert.deepEqual(
    [0, 4_000, 6_000].map((afterMs) => law.mayGo("bank", "fra-2", now + afterMs)),
    [true, true, false],
  );
  law.lift("stop");
  assert.ok(law.mayGo("bank", "fra-2", now + 6_000));
});

test("an answer that is not in the ledger is told, and one whose outcome says that nobody answered", () => {
  const seen = emptyStage();
  seen.journal.calls.push(answered);
  assert.match(judgeRecords(seen, recorded([])).faults.join(), /is not in the ledger/);
  const failed = recorded([{ ...outcomeEntry(2, 1, rid), result: "failed" }]);
  assert.match(judgeRecords(seen, failed).faults.join(), /its outcome is `failed`/);
  assert.deepEqual(judgeRecords(seen, recorded([outcomeEntry(2, 1, rid)])).faults, []);
});

test("a decision with two outcomes is told, and a ledger that does not verify", () => {
  const seen = emptyStage();
  const twice = recorded([outcomeEntry(2, 1, rid), outcomeEntry(3, 1, rid)]);
  assert.match(judgeRecords(seen, twice).faults.join(), /1 permits and 2 outcomes/);
  seen.journal.verifications.push({ code: 1, text: "" });
  assert.match(judgeRecords(seen, recorded([outcomeEntry(2, 1, rid)])).faults.join(), /exited with 1/);
});

test("an engine that got a request and is not named is told, and one that is named and got nothing", () => {
  const seen = emptyStage();
  const named = recorded([outcomeEntry(2, 1, rid)]);
  assert.match(judgeAttempts(seen, named).faults.join(), /sent to `fra-1`, which got nothing/);
  const atMs = performance.now();
  seen.journal.arrivals.push({ engine: "fra-1", rid, atMs, tenant: "bank" });
  assert.deepEqual(judgeAttempts(seen, named).faults, []);
  seen.journal.arrivals.push({ engine: "iad-1", rid, atMs, tenant: "bank" });
  assert.match(judgeAttempts(seen, named).faults.join(), /came to `iad-1`, and no outcome says so/);
});

test("a request that a kill interrupted may be in no outcome, but not in no decision once it has left the cell", () => {
  const seen = emptyStage();
  const nothing: Recorded = { entries: 0, violations: 0, requests: new Map() };
  seen.journal.arrivals.push({ engine: "fra-1", rid, atMs: 1_000, tenant: "bank" });
  assert.match(judgeAttempts(seen, nothing).faults.join(), /nobody killed it/);
  seen.journal.absences.push({ fromMs: 1_500, toMs: 3_000, isKill: true });
  assert.deepEqual(judgeAttempts(seen, nothing).faults, []);
  seen.journal.arrivals.push({ engine: "par-1", rid, atMs: 1_100, tenant: "bank" });
  assert.match(judgeAttempts(seen, nothing).faults.join(), /left the cell/);
});

test("a caller who waits too long, one that is cut off, and one with a status that nobody foresaw are told", () => {
  for (const [call, told] of [
    [{ ...answered, endedMs: 60_000 }, /took 60000 ms/],
    [{ ...answered, ended: "broken" }, /without a word/],
    [{ ...answered, status: 451 }, /answered with 451/],
    [{ ...answered, status: 500 }, /answered with 500/],
  ] as const) {
    const seen = emptyStage();
    seen.journal.calls.push(call);
    assert.match(judgeAnswers(seen).faults.join(), told);
  }
});

test("a caller who is turned away is told, but where there are more callers than connections; a 429 of engines, but where one says so", () => {
  const away = {
    ...answered,
    status: null,
    ended: "broken",
    fault: "ECONNRESET on a kept connection",
  } as const;
  const saturated = { ...answered, status: 429, error: "provider_saturated", startedMs: 100, endedMs: 200 };
  const seen = emptyStage();
  seen.journal.calls.push(away, saturated);
  assert.equal(judgeAnswers(seen).faults.length, 2);
  assert.match(judgeAnswers(seen, { isCrowded: true }).faults.join(), /^request \S+ .*answered with 429/);
  seen.journal.illnesses.push({ engine: "fra-1", mode: "busy", fromMs: 0, toMs: 150 });
  assert.match(judgeAnswers(seen).faults.join(), /^request \S+ .*without a word/);
});

test("an answer of a well engine that is taken for a failure is told, and one of an ill engine is not", () => {
  const seen = emptyStage();
  const fields = { request: rid, endpoint: "fra-1", failure: "broken" };
  seen.journal.logged.push({ event: "attempt_failed", atMs: 20_000, fields });
  assert.match(judgeEngines(seen).faults.join(), /`fra-1` was well, and failed by `broken`/);
  seen.journal.illnesses.push({ engine: "fra-1", mode: "cut", fromMs: 0, toMs: 15_000 });
  assert.deepEqual(judgeEngines(seen).faults, []);
});

test("an alarm of the clock that nobody set is told", () => {
  const seen = emptyStage();
  const rings = { event: "alarm", atMs: performance.now(), fields: { alarm: "clock_disagrees" } };
  seen.journal.logged.push(rings);
  assert.match(judgeAlarms(seen, {}).faults.join(), /rang 1 times for 0 steps/);
  seen.journal.count("set-clock");
  assert.doesNotMatch(judgeAlarms(seen, {}).faults.join(), /clock_disagrees/);
});

test("an alarm without a ground is told, and a ground without an alarm", () => {
  const seen = emptyStage();
  seen.journal.logged.push({ event: "alarm", atMs: performance.now(), fields: { alarm: "worm_behind" } });
  seen.journal.blackouts.push({ fromMs: 0, toMs: 1 });
  const { faults } = judgeAlarms(seen, { also: ["ledger_poisoned"] });
  assert.match(faults.join(), /`worm_behind` rang 1 times/);
  assert.match(faults.join(), /`ledger_poisoned` did not ring/);
  assert.match(faults.join(), /nothing rang while/);
});

test("memory that grows without end is told, and memory that breathes is not", () => {
  const [growing, breathing] = [emptyStage(), emptyStage()];
  const samples = Array.from({ length: 900 }, (_, at) => at);
  growing.journal.lives.push(lifeOf(samples.map((at) => 200e6 + at * 200_000)));
  breathing.journal.lives.push(lifeOf(samples.map((at) => 200e6 + (at % 60) * 500_000)));
  assert.equal(judgeMemory(growing).faults.length, 1);
  assert.deepEqual(judgeMemory(breathing).faults, []);
});

test("handles that nobody closes are told, and those that come and go are not", () => {
  const [growing, breathing] = [emptyStage(), emptyStage()];
  growing.journal.lives.push(lifeWith((at) => 40 + at));
  breathing.journal.lives.push(lifeWith((at) => 40 + (at % 30)));
  assert.match(judgeMemory(growing).faults.join(), /^handles grew by 13\d$/);
  assert.deepEqual(judgeMemory(breathing).faults, []);
});

test("a process that does not end in time, or not as asked, is told", () => {
  const seen = emptyStage();
  seen.journal.stops.push({ tookMs: 60_000, exitCode: null });
  assert.equal(judgeStops(seen).faults.length, 2);
});

const sampled = {
  thread: "gateway",
  loopDelayP99Ms: 12,
  loopDelayMostMs: 40,
  handles: 0,
  heapUsedBytes: 40e6,
};

function lifeWith(handles: (at: number) => number): Life {
  return {
    ...lifeOf(Array.from({ length: 900 }, () => 200e6)),
    threads: Array.from({ length: 180 }, (_, at) => ({ ...sampled, handles: handles(at) })),
  };
}
