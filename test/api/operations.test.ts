// What holds for every operation that an engine answers, whatever its dialect: the law, the bytes, the record.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { sha256, verifyEd25519 } from "../../src/keys/index.ts";
import { outcomeView, verifyLedger } from "../../src/ledger/index.ts";
import { openLogDirectory } from "../../src/store/index.ts";
import { engineOperations, type EngineOperationName, translationFor } from "../../src/wire/index.ts";
import { formTextType } from "../support/form-text.ts";
import {
  askSample,
  leavingBody,
  type OperationSample,
  operationSamples,
  sampleBody,
} from "../support/operation-samples.ts";
import { splitMessage, startRawUpstream, streamHead, wholeAnswer } from "../support/raw-http.ts";
import { startTestCell, type TestCell, testPolicy } from "../support/test-cell.ts";

test("every operation that an engine answers is in the table of this test", () => {
  assert.deepEqual(
    operationSamples.map(({ operation, path }) => ({ name: operation, path })),
    // A session is no answer: test/realtime has those.
    engineOperations.filter(({ body }) => body !== "events").map(({ name, path }) => ({ name, path })),
  );
});

for (const sample of operationSamples) {
  const { operation, path } = sample;

  test(`${path}: what the law forbids is refused in its dialect and recorded, and nothing is sent`, async (t) => {
    const cell = await startTestCell(t);
    const refused = await askSample(cell, sample, { tenant: "nomad" });
    assert.equal(refused.status, 451);
    assert.match(sample.errorOf(await refused.text()).message, /no endpoint is lawful/);
    assert.deepEqual(
      cell.entries.map((entry) => entry.t === "decision" && entry.verdict),
      ["refuse"],
    );
    assert.equal(await requestsAtAll(cell), 0);
  });

  test(`${path}: a member that leaves the permit is refused by name, and nothing is sent`, async (t) => {
    const cell = await startTestCell(t);
    const refused = await askSample(cell, sample, {
      body: leavingBody(sample),
    });
    assert.equal(refused.status, 400);
    assert.match(sample.errorOf(await refused.text()).message, /`provider`/);
    assert.equal(await requestsAtAll(cell), 0);
  });

  test(`${path}: endpoints of the permit alone are asked, and the log with their answers verifies`, async (t) => {
    const directory = mkdtempSync(join(tmpdir(), "bailiwick-"));
    t.after(() => rmSync(directory, { recursive: true, force: true }));
    const cell = await startTestCell(t, { directory });
    // The clinic's law wants German operators, and fra-3's is none.
    for (let round = 0; round < 6; round++) {
      const answer = await askSample(cell, sample, { tenant: "demo-clinic", isStream: sample.isStreamed });
      assert.equal(answer.status, 200, await answer.clone().text());
      await answer.text();
    }
    assert.equal(await cell.requestsAt("fra-3"), 0);
    assert.equal((await cell.requestsAt("fra-1")) + (await cell.requestsAt("fra-2")), 6);
    const outcomes = cell.entries.filter((entry) => entry.t === "outcome");
    assert.equal(outcomes.length, 6);
    for (const outcome of outcomes) assert.equal(outcome.result, "complete");
    await cell.ledger.close();
    const logs = await openLogDirectory(join(directory, "ledger"));
    const trust = { logs: [cell.ledger.verifierKey], witnesses: [], quorum: { kind: "none" } } as const;
    const readers = logs.map(({ reader }) => reader);
    const report = await verifyLedger({ readers, trust, sha256, verifyEd25519 });
    assert.deepEqual(
      report.logs.map(({ problems, openDecisionCount }) => ({ problems, openDecisionCount })),
      [{ problems: [], openDecisionCount: 0 }],
    );
  });

  for (const serves of sample.isStreamed ? servedAs(operation) : []) {
    test(`${path}: a stream of an engine of ${serves} that breaks off ends with an error of its dialect, and nothing is made up`, async (t) => {
      const policy = testPolicy.replaceAll("engine: sim,", `engine: sim, serves: [${serves}],`);
      const cell = await startTestCell(t, { policy });
      await cell.setFault("fra-1", "cut");
      const body = sample.form ? sampleBody(sample, { isStream: true }) : plainBody(operation);
      const text = await (await askSample(cell, sample, { body })).text();
      const last = text.trimEnd().split("\n\n").at(-1) ?? "";
      const data = last.split("\n").find((line) => line.startsWith("data: ")) ?? "";
      assert.match(data, /provider_interrupted/, text);
      assert.equal(/^event: error$/m.test(last), path === "/v1/messages" || path === "/v1/responses");
      assert.doesNotMatch(text, /\[DONE\]|message_stop|response\.completed/);
      const outcome = cell.entries.findLast((entry) => entry.t === "outcome");
      assert.equal(outcome?.t === "outcome" && outcome.result, "interrupted");
    });
  }

  for (const isStream of sample.isStreamed ? [false, true] : [false]) {
    test(`${path}: ${isStream ? "a stream" : "an answer"} of an engine that speaks it passes, and so does the request but for the model's name`, async (t) => {
      const upstream = await startRawUpstream(t, (socket) => {
        if (isStream) socket.end(streamHead + sample.events.join("") + sample.closing);
        else socket.write(wholeAnswer(200, sample.whole, "", sample.contentType));
      });
      const policy = testPolicy
        .replace("engine: sim", `engine: openai-compatible, serves: [${operation}]`)
        .replace("solo: { served-by: { fra-1: assistant } }", "solo: { served-by: { fra-1: llama } }");
      const cell = await startTestCell(t, { policy, urls: { "fra-1": upstream.url } });
      const asked = sampleBody(sample, { model: "solo", isStream });
      const answer = await askSample(cell, sample, { body: asked });
      const text = await answer.text();
      assert.equal(answer.status, 200, text);
      const { head, body } = splitMessage(upstream.requests[0] ?? "");
      assert.match(head, new RegExp(`^POST ${path} HTTP/1.1\r\n`));
      assert.match(
        head,
        new RegExp(`\r\ncontent-type: ${sample.form ? formTextType : "application/json"}\r\n`),
      );
      assert.equal(withoutWish(body), asked.replace(/\bsolo\b/, "llama"));
      assert.equal(isStream ? withoutLateFacts(text) : text, isStream ? streamOf(sample) : sample.whole);
      if (!isStream)
        assert.equal(answer.headers.get("content-type"), sample.contentType ?? "application/json");
      const outcome = cell.entries.findLast((entry) => entry.t === "outcome");
      assert.ok(outcome?.t === "outcome");
      assert.deepEqual(outcomeView(outcome).tokens, sample.usage);
    });
  }
}

/** What an engine may speak to answer it. */
function servedAs(operation: EngineOperationName): readonly EngineOperationName[] {
  return engineOperations.map(({ name }) => name).filter((name) => translationFor(operation, name) !== null);
}

/** With no member that only one dialect knows. */
function plainBody(operation: EngineOperationName): string {
  const messages = [{ role: "user", content: "hi" }];
  const asked = ["completions", "image_generations"].includes(operation) ? { prompt: "hi" } : { messages };
  const members = operation === "responses" ? { input: "hi" } : asked;
  return JSON.stringify({ model: "solo", stream: true, ...members });
}

/** The cell asks for token counts where the caller does not. */
function withoutWish(body: string): string {
  return body.replace(',"stream_options":{"include_usage":true}', "");
}

/** What the head could not say comes before the last event. */
function withoutLateFacts(text: string): string {
  return text.replace(/: bailiwick-ledger [^\n]*\n\n/, "");
}

function streamOf({ events, closing }: OperationSample): string {
  return events.join("") + closing;
}

async function requestsAtAll(cell: TestCell): Promise<number> {
  const counts = await Promise.all(Array.from(cell.engineUrls.keys(), (id) => cell.requestsAt(id)));
  return counts.reduce((total, count) => total + count, 0);
}
