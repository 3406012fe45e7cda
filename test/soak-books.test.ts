// The verdicts of `npm run soak` on money, rates, erasures and recovery, against what they must not overlook.
import assert from "node:assert/strict";
import { test } from "node:test";
import { driftOf } from "../tools/soak/drift.ts";
import type { Audit } from "../tools/soak/journal.ts";
import { Pace } from "../tools/soak/pace.ts";
import type { Recorded } from "../tools/soak/recorded.ts";
import { judgeBudgets } from "../tools/soak/verdicts/budgets.ts";
import { judgeErasures } from "../tools/soak/verdicts/erasures.ts";
import { judgeRates } from "../tools/soak/verdicts/rates.ts";
import { judgeRecovery } from "../tools/soak/verdicts/recovery.ts";
import { outcomeEntry, requestId } from "./support/ledger-entries.ts";
import { answered, emptyStage, recorded } from "./support/soak-seen.ts";

const rid = requestId(1);
/** At `fra-1`, 1 EUR for a million tokens read and 3 for those written. */
const usage = { input: 30, output: 10, cached: 0 };
const costEuro = 60e-6;
const boundEuro = 100e-6;

test("a budget that stands anywhere but where its outcomes add up to is told", () => {
  for (const [used, told] of [
    [costEuro, ""],
    [costEuro + 1e-6, "stands at"],
    [costEuro - 1e-6, "stands at"],
  ] as const)
    assert.match(faultsOfBooks({ used }, one(usage)), new RegExp(told));
  assert.equal(faultsOfBooks({ used: costEuro }, one(usage)), "");
});

test("an attempt of which nobody knows the usage counts at the model's bound", () => {
  assert.equal(faultsOfBooks({ used: boundEuro }, one(null)), "");
  assert.match(faultsOfBooks({ used: 0 }, one(null)), /stands at 0 EUR, and its outcomes add up to 0\.0001/);
});

test("what a lost thread had reserved may count on top, and never below", () => {
  const used = costEuro + boundEuro;
  assert.equal(faultsOfBooks({ used, lossesMs: [5] }, one(usage)), "");
  assert.match(
    faultsOfBooks({ used, lossesMs: [50] }, one(usage)),
    /stands at/,
    "nothing was under way then",
  );
  assert.match(faultsOfBooks({ used: 0, lossesMs: [5] }, one(usage)), /stands at 0 EUR/);
});

test("a tenant that spent more than its budget is told, but where nobody knows the usage", () => {
  const most = costEuro / 2;
  assert.match(faultsOfBooks({ used: costEuro, most }, one(usage)), /may spend/);
  assert.equal(faultsOfBooks({ used: boundEuro, most }, one(null)), "");
});

test("what was recorded after the books were looked at, or before the period, is none of theirs", () => {
  assert.equal(faultsOfBooks({ used: 0, logSizes: new Map([["acme", 1]]) }, one(usage)), "");
  assert.equal(faultsOfBooks({ used: 0, sinceMs: Date.UTC(2030, 0, 1) }, one(usage)), "");
});

test("a run in which the books were never compared does not hold", () => {
  assert.equal(judgeBudgets(emptyStage(), one(usage)).faults.length, 1);
});

test("a tenant that is let through beyond its rate is told, and one that begins anew with a new process is not", () => {
  const seen = emptyStage();
  const calls = Array.from({ length: 600 }, (_, at) => ({
    ...answered,
    tenant: "limited" as const,
    startedMs: 1_000 + at * 50,
  }));
  seen.journal.calls.push(...calls);
  assert.match(judgeRates(seen).faults.join(), /^600 requests of `limited`/);
  seen.journal.absences.push({ fromMs: 15_000, toMs: 16_000, isKill: true });
  assert.deepEqual(judgeRates(seen).faults, []);
});

test("a person who is recorded under the same handle after an erasure is told", () => {
  const seen = emptyStage();
  const call = { ...answered, person: "p1" };
  const other = requestId(2);
  seen.journal.calls.push(
    { ...call, startedMs: 0, endedMs: 10 },
    { ...call, rid: other, startedMs: 100, endedMs: 110 },
  );
  seen.journal.erasures.push({ tenant: "bank", person: "p1", fromMs: 50, toMs: 60 });
  const log = one(usage);
  const known = log.requests.get(rid);
  assert.ok(known);
  const twice = { ...log, requests: new Map([...log.requests, [other, known]]) };
  assert.match(judgeErasures(seen, twice).faults.join(), /`p1` of `bank`/);
  const renewed = {
    ...known,
    decisions: known.decisions.map((each) => ({
      ...each,
      entry: { ...each.entry, subject: "3".repeat(32) },
    })),
  };
  const fresh = { ...log, requests: new Map([...log.requests, [other, renewed]]) };
  assert.deepEqual(judgeErasures(seen, fresh).faults, []);
});

test("a kill after which nobody is answered is told, and otherwise how long it took", () => {
  const seen = emptyStage();
  seen.journal.absences.push({ fromMs: 1_000, toMs: 2_000, isKill: true });
  assert.equal(judgeRecovery(seen).faults.length, 1);
  seen.journal.calls.push({ ...answered, startedMs: 2_100, endedMs: 2_500 });
  const { faults, figures } = judgeRecovery(seen);
  assert.deepEqual([faults, figures["toFirst200"]], [[], "1.5 s"]);
});

test("a line through samples that jump does not rise, and one through samples that creep does", () => {
  assert.equal(driftOf([100, 100, 900, 100, 100, 100, 900, 100]).growth, 0);
  assert.equal(driftOf(Array.from({ length: 11 }, (_, at) => 100 + at)).growth, 10);
});

test("turns are given at their pace, and what was missed is not made up for", async () => {
  const pace = new Pace(100);
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: 11 }, () => pace.turn()));
  assert.ok(performance.now() - startedMs > 95);
  await new Promise((resolve) => setTimeout(resolve, 60));
  const resumedMs = performance.now();
  await Promise.all(Array.from({ length: 3 }, () => pace.turn()));
  assert.ok(performance.now() - resumedMs > 15);
});

interface Books {
  readonly used: number;
  readonly most?: number;
  readonly sinceMs?: number;
  readonly lossesMs?: readonly number[];
  readonly logSizes?: Audit["logSizes"];
}

function faultsOfBooks(books: Books, log: Recorded): string {
  const { used, most = 1, sinceMs = 0, lossesMs = [], logSizes = new Map([["acme", 10]]) } = books;
  const budget = { tenant: "bank", handle: "1".repeat(32), most, used, sinceMs };
  const seen = emptyStage();
  seen.journal.audits.push({ when: "now", budgets: [budget], logSizes, lossesMs });
  seen.journal.calls.push(answered);
  return judgeBudgets(seen, log).faults.join();
}

/** One request, answered by `fra-1`. */
function one(told: typeof usage | null): Recorded {
  const outcome = outcomeEntry(2, 1, rid);
  const attempts = outcome.attempts.map((each) => ({ ...each, usage: told }));
  return recorded([{ ...outcome, attempts }]);
}
