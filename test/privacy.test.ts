// What people say, and who they are, is in no byte that a cell keeps or sends (DESIGN §6).
import assert from "node:assert/strict";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { canaries, type CanaryCell, prepareSite } from "./support/canary-cell.ts";
import { filesBelow, findCanaries, formsOf, type Hay } from "./support/canary-search.ts";
import { eventually } from "./support/demo.ts";
import { command } from "./support/command.ts";

const needles = Object.values(canaries);

const callerHeaders = {
  authorization: `Bearer ${canaries.apiKey}`,
  "content-type": "application/json",
  "bailiwick-subject": canaries.subject,
  "user-agent": canaries.userAgent,
  "x-forwarded-for": canaries.address,
  cookie: canaries.cookie,
  baggage: canaries.baggage,
  traceparent: `00-${canaries.baggage}`,
  "x-file-name": canaries.fileName,
};

/** An endpoint that failed is left alone for a while, so each failure has a model, and so an endpoint, of its own. */
function bodyOf(prompt: string, isStream: boolean, model = "assistant"): string {
  return JSON.stringify({
    model,
    stream: isStream,
    user: canaries.member,
    messages: [
      { role: "system", content: canaries.systemPrompt },
      { role: "user", name: canaries.member, content: `${canaries.prompt} (${canaries.fileName})${prompt}` },
    ],
  });
}

interface Ask {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Answered {
  readonly status: number;
  readonly body: string;
}

/** Over node:http, which sends the headers that `fetch` keeps to itself. */
function ask({ url }: CanaryCell, { path = "/v1/chat/completions", ...ask }: Ask): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const { method = "POST", headers = {}, body = "" } = ask;
    const asked = request(
      `${url}${path}`,
      { method, headers: { ...callerHeaders, ...headers } },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (part: string) => (text += part));
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body: text }));
      },
    );
    asked.on("error", reject).end(body);
  });
}

/** What is no HTTP is answered, and not repeated. */
function askNonsense({ url }: CanaryCell): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    let text = "";
    socket.on("data", (part) => (text += part.toString("latin1"))).on("error", reject);
    socket.on("close", () => resolve(text));
    socket.write(`GET ${canaries.path} ${canaries.malformed}\r\n\r\n`);
  });
}

/** Every way in which a request comes to an end, each with all that it must not leave behind. */
const asks: readonly (Ask & { readonly status: number })[] = [
  { body: bodyOf("", false), status: 200 },
  { body: bodyOf("", true), status: 200 },
  { body: bodyOf(", please refuse", false), status: 400 },
  { body: bodyOf(", please fail", false, "failing"), status: 502 },
  { body: bodyOf(", please babble", true, "babbling"), status: 503 },
  { body: `{"model":"assistant","messages":[{"role":"user","content":"${canaries.malformed}`, status: 400 },
  { body: bodyOf("", false).replace('"assistant"', `"${canaries.model}"`), status: 404 },
  { body: bodyOf("", false), headers: { authorization: `Bearer ${canaries.wrongKey}` }, status: 401 },
  { body: bodyOf("", false), headers: { "bailiwick-jurisdiction": canaries.jurisdiction }, status: 400 },
  { body: bodyOf("", false), headers: { [`bailiwick-${canaries.header}`]: canaries.header }, status: 400 },
  { body: bodyOf("", false), headers: { "content-type": canaries.header }, status: 415 },
  { body: bodyOf("", false), headers: { "bailiwick-jurisdiction": "AQ" }, status: 403 },
  { path: `/${canaries.path}?q=${canaries.query}`, method: "GET", status: 404 },
  { path: `/v1/models?q=${canaries.query}`, method: "GET", status: 200 },
];

async function useAll(cell: CanaryCell): Promise<readonly Hay[]> {
  const refusals: Hay[] = [];
  for (const { status, ...asked } of asks) {
    const answer = await ask(cell, asked);
    assert.equal(answer.status, status, `${asked.path ?? asked.body}: ${answer.body}`);
    const isOwn = status !== 200 && asked.body?.includes("please") !== true;
    if (isOwn) refusals.push({ name: `the refusal ${status}`, bytes: Buffer.from(answer.body) });
  }
  refusals.push({ name: "the answer to nonsense", bytes: Buffer.from(await askNonsense(cell)) });
  return refusals;
}

/** Only full bundles are copied into locked storage: two entries a request, and 256 a bundle. */
async function fillBundle(cell: CanaryCell): Promise<void> {
  for (let round = 0; round < 13; round++) {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => ask(cell, { body: bodyOf("", false) })),
    );
    assert.ok(answers.every(({ status }) => status === 200));
  }
}

async function textAt(url: string): Promise<Buffer> {
  return Buffer.from(await (await fetch(url)).arrayBuffer());
}

test("what callers and models say is in no log, ledger, vault, record, metric or message", async (t) => {
  const site = await prepareSite(t, { isWatched: true });
  const cell = await site.start();
  const refusals = await useAll(cell);
  await fillBundle(cell);
  assert.ok(cell.asked.length >= 5, "the requests have reached the model server");
  assert.ok(cell.asked[0]?.includes(canaries.prompt), "and it was asked what the caller asked");
  const config = ["--config", cell.config];
  const person = ["--tenant", canaries.tenant, "--person", canaries.subject];
  const listed = await command("records", "list", ...config, "--tenant", canaries.tenant, "--json");
  const { records } = JSON.parse(listed.stdout) as { readonly records: readonly { readonly rid: string }[] };
  assert.ok(records.length >= 5);
  const shown = await command("records", "show", ...config, "--request", records[0]?.rid ?? "");
  assert.ok(shown.stdout.includes(canaries.prompt), "the records hold what was asked");
  assert.equal((await command("hold", "place", ...config, ...person, "--reason", "audit")).code, 0);
  const refused = await command("erase", ...config, ...person, "--ground", "gdpr-17-1-a");
  assert.equal(refused.code, 1);

  const told: Hay[] = [
    { name: "metrics", bytes: await textAt(`${cell.admin}/metrics`) },
    { name: "readiness", bytes: await textAt(`${cell.admin}/readyz?verbose`) },
    { name: "the refusal to erase", bytes: Buffer.from(refused.stderr) },
  ];
  await eventually(() => cell.sent.some(({ name }) => /PUT .*\/tile\/entries\//.test(name)));
  const beforeStop = filesBelow(cell.stateDirectory);
  assert.equal(await cell.stop(), 0);
  const index = join(cell.stateDirectory, "search.sqlite");
  assert.equal((await command("ledger", "index", "rebuild", cell.ledger, "--to", index)).code, 0);
  const hay = [
    ...beforeStop,
    ...filesBelow(cell.stateDirectory),
    ...told,
    ...cell.said,
    ...cell.sent,
    ...cell.askedWith,
  ];
  for (const part of ["wal", "tile/entries", "vault/", "records/", "search.sqlite", "admin-token"]) {
    assert.ok(
      hay.some(({ name }) => name.includes(part)),
      `${part} was searched`,
    );
  }
  assert.ok(cell.sent.some(({ bytes }) => bytes.includes("canary.example/ledger/DE/eu-frankfurt")));
  assert.ok(cell.said.some(({ bytes }) => bytes.includes("request_finished")));
  assert.deepEqual(findCanaries(needles, hay), []);
  // Its own sender is told which place is none.
  const untold = needles.filter((canary) => canary !== canaries.jurisdiction);
  assert.deepEqual(findCanaries(untold, refusals), []);
});

test("a canary that was written down in any form would be found", () => {
  for (const canary of needles) {
    for (const { form, bytes } of formsOf(canary)) {
      const hay = {
        name: "a file",
        bytes: Buffer.concat([Buffer.from([0x07, 0xff]), bytes, Buffer.from("x")]),
      };
      assert.ok(findCanaries([canary], [hay]).length > 0, `${form} of ${canary}`);
    }
  }
  for (const before of ["", "a", "ab", "abc"]) {
    const encoded = Buffer.from(`${before}${canaries.prompt} and more`).toString("base64");
    const found = findCanaries([canaries.prompt], [{ name: "base64", bytes: Buffer.from(encoded) }]);
    assert.ok(found.length > 0, `base64 after ${before.length} bytes`);
  }
});
