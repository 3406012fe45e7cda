import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answeredAttempt,
  asV1,
  asV2,
  cachedOutcome,
  failedAttempt,
  outcomeEntry,
  requestId,
} from "../../../test/support/ledger-entries.ts";
import type { StoredOutcome } from "./entry.ts";
import type { OutcomeEntry } from "./outcome-entry.ts";
import { outcomeView } from "./outcome-view.ts";

const answered = outcomeEntry(2, 1, requestId(1));
const afterFailure: OutcomeEntry = {
  ...answered,
  attempts: [failedAttempt("fra-1", "timeout"), failedAttempt("fra-2", "saturated"), answeredAttempt()],
  answeredBy: 2,
};

test("an outcome of the newest version is seen as it stands", () => {
  const { attempts, answered, tokens } = outcomeView(afterFailure);
  assert.equal(attempts, afterFailure.attempts);
  assert.equal(answered, afterFailure.attempts[2]);
  assert.deepEqual(tokens, answeredAttempt().usage);
});

test("an answer that was given before is nobody's of this request, and used no tokens", () => {
  const outcome = cachedOutcome(2, 1, { rid: requestId(1), first: 0 });
  const view = outcomeView(outcome);
  assert.deepEqual([view.attempts, view.answered, view.tokens], [[], null, null]);
  assert.equal(view.cached, outcome.cached);
  assert.equal(outcomeView(afterFailure).cached, null);
});

test("an outcome of version 2 is seen as the same of version 3", () => {
  assert.deepEqual(outcomeView(asV2(afterFailure) as StoredOutcome), outcomeView(afterFailure));
});

test("an outcome of version 1 says who answered and with what, and of the others that they failed", () => {
  const { attempts, answered, tokens } = outcomeView(formerly(afterFailure));
  assert.deepEqual(
    attempts.map(({ endpoint, failure, sent }) => [endpoint, failure, sent]),
    [
      ["fra-1", "timeout", null],
      ["fra-2", "saturated", null],
      ["fra-1", null, true],
    ],
  );
  assert.deepEqual(answered, attempts[2]);
  assert.deepEqual(answered, {
    ...answeredAttempt(),
    evidence: { ...answeredAttempt().evidence, source: null },
    observedAt: null,
  });
  assert.deepEqual(tokens, answeredAttempt().usage);
});

test("whoever was answering when the caller left is among the attempts also in version 1", () => {
  const aborted = { ...formerly(answered), attempts: [] } as StoredOutcome;
  assert.deepEqual(
    outcomeView(aborted).attempts.map(({ endpoint }) => endpoint),
    ["fra-1"],
  );
});

test("where nobody answered, nobody is said to have", () => {
  const failed: OutcomeEntry = { ...answered, result: "failed", answeredBy: null };
  assert.equal(outcomeView(failed).answered, null);
  assert.equal(outcomeView(formerly(failed)).answered, null);
});

function formerly(entry: OutcomeEntry): StoredOutcome {
  const former = asV1(entry);
  return former.t === "outcome" ? former : assert.fail();
}
