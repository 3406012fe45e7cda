// What `decide` and `explain` say of a request is what a cell does with it, for any tenant and any claims.
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { test } from "node:test";
import * as fc from "fast-check";
import { openFactSession } from "../src/cli/law/ask/fact-session.ts";
import { decideRequest, type Decided } from "../src/cli/law/ask/decided.ts";
import { explainRequest } from "../src/cli/law/ask/explanation.ts";
import { dataClasses } from "../src/law/index.ts";
import { askChat } from "./support/ask.ts";
import { startTestCell, testPolicy } from "./support/test-cell.ts";

const cell = "eu-frankfurt";

const anyRequest = fc.record({
  tenant: fc.constantFrom("demo-bank", "demo-shop", "demo-dubai", "nowhere", "nomad"),
  places: fc.uniqueArray(fc.constantFrom("DE", "FR", "US", "AE", "RU", "GB", "AQ"), { maxLength: 2 }),
  classes: fc.uniqueArray(fc.constantFrom(...dataClasses.filter((name) => name !== "non-personal")), {
    maxLength: 2,
  }),
});

test("explain, decide and the served decision never differ", async (t) => {
  const running = await startTestCell(t, { cell });
  const court = openFactSession({ text: testPolicy, file: "policy.yaml", directory: tmpdir() });
  await fc.assert(
    fc.asyncProperty(anyRequest, async ({ tenant, places, classes }) => {
      const claim = {
        basis: "header",
        ...(places.length > 0 ? { subjects: places } : {}),
        ...(classes.length > 0 ? { class: classes } : {}),
      };
      const hearing = court(JSON.stringify({ tenant, cell, model: "assistant", claims: [claim] }));
      const nowMs = Date.now();
      const decided = decideRequest(hearing, nowMs);
      const { derivation, at, outcome, served } = explainRequest(hearing, nowMs);
      assert.deepEqual(
        { at, outcome, served },
        { at: decided.at, outcome: decided.outcome, served: decided.served },
      );
      const permitted = decided.endpoints.filter(({ isPermitted }) => isPermitted);
      const isKnown = derivation.missing.length === 0;
      assert.deepEqual(
        permitted.map(({ endpoint }) => endpoint),
        derivation.endpoints.flatMap(({ id, isLawful }) => (isKnown && isLawful ? [id] : [])),
      );

      const answer = await askChat(running, {
        tenant,
        headers: {
          ...(places.length > 0 ? { "bailiwick-jurisdiction": places.join(", ") } : {}),
          ...(classes.length > 0 ? { "bailiwick-class": classes.join(", ") } : {}),
        },
      });
      assert.equal(answer.status, statusOf(decided), answer.text);
      if (answer.status === 200) {
        const endpoints: readonly string[] = servedHere(decided);
        assert.ok(endpoints.includes(answer.headers.get("bailiwick-endpoint") ?? ""));
      }
    }),
    { numRuns: 60 },
  );
});

function servedHere({ served }: Decided): readonly string[] {
  return served.find((each) => each.cell === cell)?.endpoints ?? [];
}

function statusOf(decided: Decided): number {
  if (decided.outcome === "jurisdiction_unknown") return 403;
  if (servedHere(decided).length > 0) return 200;
  return decided.served.some(({ endpoints }) => endpoints.length > 0) ? 421 : 451;
}
