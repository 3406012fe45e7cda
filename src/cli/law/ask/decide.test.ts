// `decide` as a script asks it: lines in, lines out.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { commandIn } from "../../../../test/support/command.ts";

const policy = new URL("../../../../examples/demo/policy.yaml", import.meta.url).pathname;

interface Answer {
  readonly line: number;
  readonly id: string | null;
  readonly outcome: string;
  readonly missing: readonly string[];
  readonly served: readonly {
    readonly cell: string;
    readonly endpoints: readonly string[];
    readonly preferences: unknown;
  }[];
  readonly endpoints: readonly {
    readonly endpoint: string;
    readonly verdict: string;
    readonly with: readonly { readonly instrument: string; readonly documents: object }[];
    readonly because: readonly { readonly rule: string; readonly article: string }[];
    readonly missing: readonly string[];
  }[];
  readonly errors?: readonly string[];
}

async function decide(lines: readonly string[], file: string | null = policy) {
  const words = ["decide", ...(file === null ? [] : [file]), "--at", "2026-12-01"];
  const { code, stdout, stderr } = await commandIn({ stdin: lines.join("\n") }, ...words);
  const answers = stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Answer]));
  return { code, answers, stderr };
}

function verdictOn(answer: Answer | undefined, endpoint: string) {
  const found = answer?.endpoints.find((each) => each.endpoint === endpoint);
  assert.ok(found, `no verdict on ${endpoint}`);
  return found;
}

test("a tenant's contract is decided, each endpoint with its rule and article, and what would be served in order", async () => {
  const { code, answers } = await decide(['{"id":"a","tenant":"demo-clinic"}']);
  assert.equal(code, 0);
  const [answer] = answers;
  assert.equal(answer?.id, "a");
  assert.equal(answer?.outcome, "permit");
  assert.deepEqual(
    answer?.served.map(({ cell, endpoints }) => [cell, endpoints]),
    [["eu-frankfurt", ["fra-1", "fra-2"]]],
  );
  assert.deepEqual(answer?.served[0]?.preferences, [
    { endpoint: "fra-1", order: 1, weight: null },
    { endpoint: "fra-2", order: 1, weight: null },
  ]);
  assert.equal(verdictOn(answer, "fra-1").verdict, "lawful");
  const abroad = verdictOn(answer, "iad-1");
  assert.equal(abroad.verdict, "lawful-only-with");
  assert.ok(abroad.because.some(({ rule, article }) => rule === "eu-gdpr" && article.includes("44")));
});

test("what the facts do not say is named, and nothing is lawful", async () => {
  const { code, answers } = await decide(['{"established":"DE","subjects":"DE"}']);
  assert.equal(code, 0);
  assert.equal(answers[0]?.outcome, "jurisdiction_unknown");
  assert.deepEqual(answers[0]?.missing, ["data class"]);
  assert.ok(
    answers[0].endpoints.every(({ verdict, missing }) => verdict === "unknown" && missing.length > 0),
  );
});

test("an endpoint that a transfer tool opens is lawful only with it, and its document is named", async () => {
  const text = readFileSync(policy, "utf8").replace(
    "us-cloud-act]\n",
    "us-cloud-act]\n  mechanisms:\n    out: { kind: scc-2021-914-m2, from: demo-bank, to: pacific-cloud, tia: TIA-17 }\n",
  );
  const facts = { established: "DE", subjects: "DE", class: "personal", entity: "demo-bank" };
  const { code, answers, stderr } = await decide([JSON.stringify({ policy: text, facts })], null);
  assert.equal(code, 0, stderr);
  const found = verdictOn(answers[0], "iad-1");
  assert.equal(found.verdict, "lawful-only-with", JSON.stringify(found));
  assert.equal(found.with[0]?.instrument, "out");
  assert.deepEqual(found.with[0]?.documents, { tia: "TIA-17" });
});

test("a line may bring endpoints of its own, and they are judged like the policy's", async () => {
  const own = {
    mine: {
      cell: "eu-frankfurt",
      engine: "sim",
      url: "http://127.0.0.1:1",
      operator: "rhein-cloud",
      place: "US",
    },
  };
  const lines = [
    { tenant: "demo-bank", endpoints: own },
    { tenant: "demo-bank" },
    { tenant: "demo-bank", endpoints: { mine: { ...own.mine, place: "AT" } } },
  ].map((line) => JSON.stringify(line));
  const { code, answers } = await decide(lines);
  assert.equal(code, 0);
  assert.equal(verdictOn(answers[0], "mine").verdict, "lawful-only-with");
  assert.equal(
    answers[1]?.endpoints.some(({ endpoint }) => endpoint === "mine"),
    false,
  );
  assert.equal(verdictOn(answers[2], "mine").verdict, "lawful");
});

test("a bad line gets an answer of its own, the others are decided, and the exit code is 1", async () => {
  const bad = [
    { line: "nonsense", says: /not JSON/ },
    { line: '"text"', says: /expected a mapping/ },
    { line: '{"tenant":"nobody"}', says: /tenant `nobody` is not in the policy; it has `demo-bank`/ },
    { line: '{"tenant":"demo-bank","established":"FR"}', says: /settled by the contract/ },
    { line: '{"subjects":"UK"}', says: /write `GB`|`GB`/ },
    { line: '{"class":"personal","class":"health"}', says: /a second time/ },
    { line: '{"classes":"personal"}', says: /unknown key/ },
    { line: '{"tenant":"demo-bank","model":"x"}', says: /model `x`/ },
    { line: '{"tenant":"demo-bank","cell":"mars"}', says: /cell `mars`/ },
    { line: '{"tenant":"demo-bank","endpoints":{"x":{"place":"DE"}}}', says: /endpoints\.x/ },
    { line: '{"subjects":["DE","FR"],"requires":{"residency":true}}', says: /names no zone/ },
  ];
  const { code, answers } = await decide([...bad.map(({ line }) => line), "", '{"tenant":"demo-bank"}']);
  assert.equal(code, 1);
  for (const [index, { line, says }] of bad.entries()) {
    assert.equal(answers[index]?.line, index + 1);
    assert.match(answers[index]?.errors?.join("\n") ?? "", says, line);
  }
  assert.equal(answers.at(-1)?.line, bad.length + 2);
  assert.equal(answers.at(-1)?.outcome, "permit");
});

test("every truncation of a line is answered with an error and nothing else", async () => {
  const line = '{"established":"DE","subjects":["DE"],"class":"health","at":"2027-01-01"}';
  const cut = Array.from({ length: line.length - 1 }, (_, index) => line.slice(0, index + 1));
  const { code, answers } = await decide(cut);
  assert.equal(code, 1);
  assert.equal(answers.length, cut.length);
  assert.ok(answers.every(({ errors }) => errors !== undefined));
});

test("a policy that is not there is unusable input: exit 2", async () => {
  assert.equal((await decide(["{}"], "/nonexistent.yaml")).code, 2);
});
