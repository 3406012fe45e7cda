// Amazon's logs held against the ledger of a cell that really served the calls.
import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Reconciliation } from "../src/operate/index.ts";
import { command, commandIn, type CommandResult } from "./support/command.ts";
import { eventually } from "./support/demo.ts";
import { chatAt, type ServedCell, startServe } from "./support/serve.ts";

const key = "sk-shop";

let directory: string;
let config: string;
let amazon: Server;
let cell: ServedCell;
/** What the provider called each call, in their order. */
let calls: string[] = [];

/** A cell with one endpoint, in Amazon's geography `eu` as it is called from Frankfurt. */
before(async () => {
  directory = mkdtempSync(join(tmpdir(), "bailiwick-"));
  config = join(directory, "cell.yaml");
  amazon = createServer((request, response) => {
    if (request.method === "POST") calls.push(randomUUID());
    response.setHeader("x-amzn-requestid", calls.at(-1) ?? "");
    response.setHeader("content-type", "application/json");
    response.end('{"choices":[{"index":0,"message":{"role":"assistant","content":"hi"}}]}');
  });
  await once(amazon.listen(0, "127.0.0.1"), "listening");
  writeDeployment(directory, `http://127.0.0.1:${(amazon.address() as AddressInfo).port}`);
  cell = await startServe(config);
});
after(async () => {
  await cell.stop();
  amazon.close();
  rmSync(directory, { recursive: true, force: true });
});

async function publishedOutcomes(): Promise<number> {
  const { stdout } = await command("ledger", "show", cell.ledger, "--json");
  return stdout.split('"t":"outcome"').length - 1;
}

/** Their ids, once they are published. */
async function chats(count: number): Promise<readonly string[]> {
  calls = [];
  const before = await publishedOutcomes();
  for (let sent = 0; sent < count; sent++) await chatAt(cell.url, key);
  await eventually(async () => (await publishedOutcomes()) >= before + count);
  return calls;
}

async function correctionCount(): Promise<number> {
  const { stdout } = await command("ledger", "show", cell.ledger, "--json");
  return stdout.split('"t":"correction"').length - 1;
}

function writeDeployment(directory: string, url: string): void {
  mkdirSync(join(directory, "packs/providers"), { recursive: true });
  const shipped = readFileSync(new URL("../packs/providers/bedrock.yaml", import.meta.url), "utf8");
  const region = /^ {2}eu-central-1\/eu:\n {4}host: .*$/m;
  assert.match(shipped, region);
  const own = shipped
    .replace("id: bedrock\n", "id: bedrock\noverrides: bedrock\nreason: Amazon stands on this machine\n")
    .replace(region, `  eu-central-1/eu:\n    url: ${url}`);
  writeFileSync(join(directory, "packs/providers/bedrock.yaml"), own);
  const hash = createHash("sha256").update(key).digest("hex");
  writeFileSync(
    join(directory, "policy.yaml"),
    `
bailiwick: 1
deployment: reconcile.example
law: { packs: [eu-gdpr] }
operators: { rhein-cloud: { home: DE } }
cells: { eu-frankfurt: { place: DE, url: http://127.0.0.1, operator: rhein-cloud } }
endpoints:
  amazon: { cell: eu-frankfurt, engine: openai-compatible, provider: bedrock, region: eu-central-1/eu, support: DE }
models: { assistant: { served-by: { amazon: eu.some-model } } }
tenants:
  shop: { established: DE, subjects: [DE], class: personal, keys: { main: { sha256: ${hash} } } }
`,
  );
  writeFileSync(
    join(directory, "cell.yaml"),
    "bailiwick-cell: 1\ncell: eu-frankfurt\npolicy: policy.yaml\nstate: state\nlisten: 127.0.0.1:0\nadmin: 127.0.0.1:0\n",
  );
}

/** As CloudTrail writes it. */
function event(requestID: string, more: object = {}): object {
  return {
    eventVersion: "1.11",
    eventTime: timeText(Date.now()),
    eventSource: "bedrock.amazonaws.com",
    eventName: "Converse",
    awsRegion: "eu-central-1",
    requestParameters: { modelId: "eu.some-model" },
    additionalEventData: { inferenceRegion: "eu-north-1" },
    requestID,
    ...more,
  };
}

/** As the log of invocations has it. */
function invocation(requestId: string | undefined, timestamp: string): string {
  return `${JSON.stringify({
    schemaType: "ModelInvocationLog",
    schemaVersion: "1.0",
    timestamp,
    region: "eu-central-1",
    requestId,
    operation: "Converse",
    modelId: "eu.some-model",
    inferenceRegion: "eu-west-3",
    input: { inputBodyJson: { prompt: '"} [{' } },
  })}\n`;
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}

interface Reconciled extends CommandResult {
  readonly found: Reconciliation;
}

async function reconcile(log: string, ...files: readonly string[]): Promise<Reconciled> {
  const result = await command("reconcile", log, ...files, "--config", config, "--json");
  assert.ok(result.stdout !== "", result.stderr);
  return { ...result, found: JSON.parse(result.stdout) as Reconciliation };
}

test("the log of invocations tells it too, and attempts that it leaves out are named", async () => {
  const [first, second = "", third] = await chats(3);
  const file = join(directory, "invocations.jsonl");
  const [start, end] = [Date.now() - 60_000, Date.now() + 60_000].map(timeText) as [string, string];
  writeFileSync(file, invocation(first, start) + invocation(third, end));
  const { code, found } = await reconcile("bedrock-invocation-log", file);
  assert.deepEqual([code, found.correctedCount, found.unheardCount, found.namelessCount], [0, 2, 1, 0]);
  assert.equal(found.unheard[0]?.requestId, second);
  const { stdout } = await command("reconcile", "bedrock-invocation-log", file, "--config", config);
  assert.match(stdout, /recorded before +2\n/);
  assert.match(stdout, new RegExp(`${second} +amazon`));
});

test("a file that is cut, damaged or none is told by its name, and what came before it counts once", async () => {
  const whole = JSON.stringify({ Records: (await chats(2)).map((call) => event(call)) });
  const file = join(directory, "trail.json");
  for (const [bytes, told] of [
    [whole.slice(0, -20), /trail\.json`: .*ends in the middle of a record; 1 records before it were taken/],
    [gzipSync(whole).subarray(0, -12), /trail\.json`: .*compressed with gzip, and cut or damaged/],
    ["<html>", /trail\.json`: byte 0: a record is a JSON object/],
    ['{"eventSource":nonsense}', /trail\.json`: record 1 is no JSON/],
  ] as const) {
    writeFileSync(file, bytes);
    const { code, stderr } = await command("reconcile", "cloudtrail", file, "--config", config);
    assert.equal(code, 2);
    assert.match(stderr, told);
  }
  writeFileSync(file, whole);
  const { found } = await reconcile("cloudtrail", file);
  assert.deepEqual([found.correctedCount + found.knownCount, found.unheardCount], [2, 0]);
  const missing = await command("reconcile", "cloudtrail", join(directory, "none.json"), "--config", config);
  assert.deepEqual([missing.code, /none\.json` cannot be read/.test(missing.stderr)], [2, true]);
});

test("a file in which nothing is of the kind said is unusable, and says what it may be", async () => {
  const file = join(directory, "other.json");
  const asIs = invocation(randomUUID(), timeText(Date.now()));
  for (const [text, told] of [
    [
      asIs + asIs,
      /other\.json`: none of its 2 records is of a `cloudtrail`; they are of a `bedrock-invocation/,
    ],
    [JSON.stringify({ NextToken: "x", Records: [event("a")] }), /whose first member is `Records`/],
    ["{}", /none of its 1 records is of a `cloudtrail`; such a log is JSON objects/],
  ] as const) {
    writeFileSync(file, text);
    const { code, stderr } = await command("reconcile", "cloudtrail", file, "--config", config);
    assert.equal(code, 2);
    assert.match(stderr, told);
  }
  writeFileSync(file, JSON.stringify({ eventSource: "s3.amazonaws.com", eventName: "GetObject" }) + asIs);
  const { code, found } = await reconcile("cloudtrail", file);
  assert.deepEqual([code, found.callCount, found.otherCount, found.foreignCount], [1, 0, 1, 1]);
  const { stdout } = await command("reconcile", "cloudtrail", file, "--config", config);
  assert.match(stdout, /No record is about a call[^]*1 records are of no `cloudtrail`/);
});

test("a file of no known kind is not told as of the kind of a record in a file before it", async () => {
  const [mixed, unknown] = [join(directory, "mixed.json"), join(directory, "unknown.json")];
  const other = JSON.stringify({ eventSource: "s3.amazonaws.com", eventName: "GetObject" });
  writeFileSync(mixed, other + invocation(randomUUID(), timeText(Date.now())));
  writeFileSync(unknown, "{}");
  const { code, stderr } = await command("reconcile", "cloudtrail", mixed, unknown, "--config", config);
  assert.equal(code, 2);
  assert.match(
    stderr,
    /unknown\.json`: none of its 1 records is of a `cloudtrail`; such a log is JSON objects/,
  );
});

test("Amazon's trail tells where each call ran, and one stray region is one violation on record, which each run tells", async () => {
  const [first = "", second = "", third = "", fourth = ""] = await chats(4);
  const trail = join(directory, "trail.json.gz");
  const records = [
    event(first),
    event(second, { additionalEventData: { inferenceRegion: "ap-southeast-7" } }),
    event(second, { additionalEventData: { inferenceRegion: "ap-southeast-7" } }),
    event(third, { additionalEventData: {} }),
    event(randomUUID(), { eventName: "ListFoundationModels" }),
    event(randomUUID(), { errorCode: "AccessDenied" }),
    event("past-the-gateway-1"),
    event(fourth, { additionalEventData: { inferenceRegion: "mars-north-1" } }),
  ];
  writeFileSync(trail, gzipSync(JSON.stringify({ Records: records })));

  const { code, found } = await reconcile("cloudtrail", trail);
  assert.equal(code, 1);
  assert.deepEqual(
    [found.recordCount, found.callCount, found.matchedCount, found.correctedCount, found.silentCount],
    [8, 7, 5, 2, 1],
  );
  assert.deepEqual(found.unknownRegions, { "mars-north-1": 1 });
  assert.deepEqual(
    found.unknownCalls.map(({ requestId }) => requestId),
    ["past-the-gateway-1"],
  );
  const [violation, ...others] = found.violations;
  assert.deepEqual(others, []);
  assert.deepEqual(
    [violation?.endpoint, violation?.evidenced, violation?.region],
    ["amazon", ["TH"], "ap-southeast-7"],
  );
  assert.deepEqual(found.quarantined, ["amazon"]);
  await assert.rejects(chatAt(cell.url, key), /answered 503/);

  const again = await reconcile("cloudtrail", trail);
  assert.deepEqual([again.found.correctedCount, again.found.knownCount], [0, 2]);
  const strayAlone = join(directory, "stray.json");
  writeFileSync(strayAlone, JSON.stringify(records[1]));
  const told = await reconcile("cloudtrail", strayAlone);
  assert.deepEqual([told.code, told.found.knownCount, told.found.violations], [1, 1, found.violations]);
  assert.deepEqual(again.found.violations, found.violations);
  const release = ["quarantine", "release", "--endpoint", "amazon", "--config", config];
  assert.equal((await command(...release)).code, 0);
  await chatAt(cell.url, key);
  const verified = await command("ledger", "verify", cell.ledger);
  assert.equal(verified.code, 0, verified.stdout + verified.stderr);
});

test("what was shown before a file that cannot be taken is on record and printed: a stray region is quarantined, exit 2", async () => {
  const stray = { additionalEventData: { inferenceRegion: "us-east-1" } };
  const [good, bad] = [join(directory, "good.json"), join(directory, "bad.json")];
  for (const [atGood, atBad, told] of [
    [1, () => invocation(randomUUID(), timeText(Date.now())), /bad\.json`: none of its 1 records/],
    [1, () => '{"eventSource":nonsense}', /bad\.json`: record 1 is no JSON in UTF-8; 1 records before/],
    [1, null, /bad\.json` cannot be read/],
    [0, (call: object) => `${JSON.stringify(call)}{nonsense}`, /bad\.json`: record 2 is no JSON/],
    [0, (call: object) => `${JSON.stringify(call)}<html>`, /bad\.json`: byte [0-9]+: /],
  ] as const) {
    const [call = ""] = await chats(1);
    const before = await correctionCount();
    writeFileSync(good, JSON.stringify({ Records: atGood === 1 ? [event(call, stray)] : [] }));
    rmSync(bad, { force: true });
    if (atBad !== null) writeFileSync(bad, atBad(event(call, stray)));
    const result = await command("reconcile", "cloudtrail", good, bad, "--config", config, "--json");
    assert.equal(result.code, 2, result.stderr);
    assert.match(result.stderr, told);
    const found = JSON.parse(result.stdout) as Reconciliation;
    assert.deepEqual([found.violationCount, found.quarantined], [1, ["amazon"]]);
    assert.equal((await correctionCount()) - before, 1);
    await assert.rejects(chatAt(cell.url, key), /answered 503/);
    const release = ["quarantine", "release", "--endpoint", "amazon", "--config", config];
    assert.equal((await command(...release)).code, 0);
  }
});

test("a trail that is followed is recorded as it comes, also into the state of a cell that does not run", async () => {
  const [call = ""] = await chats(1);
  await cell.stop();
  const stdin = `${JSON.stringify(event(call))}\n`;
  const words = ["reconcile", "cloudtrail", "-", "--config", config, "--json"];
  const result = await commandIn({ stdin }, ...words);
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stderr, /does not run: opened its state/);
  assert.equal((JSON.parse(result.stdout) as Reconciliation).correctedCount, 1);
  const again = await commandIn({ stdin }, ...words);
  assert.equal((JSON.parse(again.stdout) as Reconciliation).knownCount, 1);
  // Nothing to record is nothing to open: a log that is opened has an entry that says so.
  assert.doesNotMatch(again.stderr, /opened its state/);
});

test("whoever follows a trail holds no cell's state between two records, and finds the cell that was started meanwhile", async (t) => {
  cell = await startServe(config);
  const [first = "", second = ""] = await chats(2);
  await cell.stop();
  const before = await correctionCount();
  const trail = new PassThrough();
  t.after(() => trail.end());
  const followed = commandIn({ stdin: trail }, "reconcile", "cloudtrail", "-", "--config", config, "--json");
  trail.write(`${JSON.stringify(event(first))}\n`);
  await eventually(async () => (await correctionCount()) > before);
  await eventually(async () => (await command("hold", "list", "--config", config)).code === 0);
  cell = await startServe(config);
  trail.end(`${JSON.stringify(event(second))}\n`);
  const { code, stderr, stdout } = await followed;
  assert.equal(code, 0, stderr);
  assert.equal((JSON.parse(stdout) as Reconciliation).correctedCount, 2);
  assert.match(stderr, /does not run: opened its state[^]*asked cell/);
});
