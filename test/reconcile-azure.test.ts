// Azure's diagnostic logs held against the ledger of a cell that really served the calls.
import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Reconciliation } from "../src/operate/index.ts";
import { command } from "./support/command.ts";
import { eventually } from "./support/demo.ts";
import { type ServedCell, startServe } from "./support/serve.ts";

const key = "sk-shop";

let directory: string;
let config: string;
let azure: Server;
let cell: ServedCell;
/** What the provider called each call, in their order. */
let calls: string[] = [];

/** Deployments: `told` says by a header where it lies, `silent` and `wide` do not; `wide` is of the zone. */
before(async () => {
  directory = mkdtempSync(join(tmpdir(), "bailiwick-"));
  config = join(directory, "cell.yaml");
  azure = createServer((request, response) => {
    if (request.method === "POST") calls.push(randomUUID());
    response.setHeader("apim-request-id", calls.at(-1) ?? "");
    response.setHeader("x-request-id", randomUUID());
    if (request.url?.includes("/told/")) response.setHeader("x-ms-region", "Sweden Central");
    response.setHeader("content-type", "application/json");
    response.end('{"choices":[{"index":0,"message":{"role":"assistant","content":"hi"}}]}');
  });
  await once(azure.listen(0, "127.0.0.1"), "listening");
  writeDeployment(`http://127.0.0.1:${(azure.address() as AddressInfo).port}`);
  cell = await startServe(config);
});
after(async () => {
  await cell.stop();
  azure.close();
  rmSync(directory, { recursive: true, force: true });
});

function writeDeployment(url: string): void {
  mkdirSync(join(directory, "packs/providers"), { recursive: true });
  const shipped = readFileSync(new URL("../packs/providers/azure-openai.yaml", import.meta.url), "utf8");
  const own = shipped
    .replace(
      "id: azure-openai\n",
      "id: azure-openai\noverrides: azure-openai\nreason: it stands on this machine\n",
    )
    .replaceAll('host: "*.openai.azure.com"', `url: ${url}`);
  writeFileSync(join(directory, "packs/providers/azure-openai.yaml"), own);
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
  sweden: { cell: eu-frankfurt, engine: azure-openai, provider: azure-openai, region: swedencentral/standard, support: DE }
  zone: { cell: eu-frankfurt, engine: azure-openai, provider: azure-openai, region: swedencentral/data-zone, support: DE }
models:
  told: { served-by: { sweden: told } }
  silent: { served-by: { sweden: silent } }
  wide: { served-by: { zone: wide } }
tenants:
  shop: { established: DE, subjects: [DE], class: personal, keys: { main: { sha256: ${hash} } } }
`,
  );
  writeFileSync(
    config,
    "bailiwick-cell: 1\ncell: eu-frankfurt\npolicy: policy.yaml\nstate: state\nlisten: 127.0.0.1:0\nadmin: 127.0.0.1:0\n",
  );
}

async function entriesOf(type: string): Promise<number> {
  const { stdout } = await command("ledger", "show", cell.ledger, "--json");
  return stdout.split(`"t":"${type}"`).length - 1;
}

async function chat(model: string): Promise<number> {
  const answer = await fetch(`${cell.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "hello" }] }),
  });
  await answer.text();
  return answer.status;
}

/** Their ids, once they are published. */
async function chats(...models: readonly string[]): Promise<readonly string[]> {
  calls = [];
  const before = await entriesOf("outcome");
  for (const model of models) assert.equal(await chat(model), 200, model);
  await eventually(async () => (await entriesOf("outcome")) >= before + models.length);
  return calls;
}

/** As Azure Monitor writes it to a storage account. */
function line(correlationId: string, more: object = {}): object {
  return {
    Tenant: "swedencentral",
    callerIpAddress: "198.51.100.***",
    category: "RequestResponse",
    correlationId,
    durationMs: 102,
    event: "ShoeboxCallResult",
    location: "swedencentral",
    operationName: "ChatCompletions_Create",
    properties: JSON.stringify({ streamType: "Non-Streaming", modelDeploymentName: "silent" }),
    resourceId:
      "/SUBSCRIPTIONS/00000000-0000-4000-8000-000000000000/RESOURCEGROUPS/AI/PROVIDERS/MICROSOFT.COGNITIVESERVICES/ACCOUNTS/ACME",
    resultSignature: "200",
    time: new Date().toISOString().replace("Z", "0000Z"),
    ...more,
  };
}

async function reconcile(
  ...lines: readonly object[]
): Promise<{ readonly code: number; readonly found: Reconciliation }> {
  const file = join(directory, "PT1H.json.gz");
  writeFileSync(file, gzipSync(lines.map((each) => `${JSON.stringify(each)}\n`).join("")));
  const words = ["reconcile", "azure-diagnostics", file, "--config", config, "--json"];
  const { code, stdout, stderr } = await command(...words);
  assert.ok(stdout !== "", stderr);
  return { code, found: JSON.parse(stdout) as Reconciliation };
}

test("the resource's location is evidence where its deployment computes there, and the answer did not say it already", async () => {
  const [told = "", silent = "", wide = ""] = await chats("told", "silent", "wide");
  const before = await entriesOf("correction");
  const { code, found } = await reconcile(line(told), line(silent), line(wide));
  assert.deepEqual(
    [code, found.matchedCount, found.correctedCount, found.knownCount, found.silentCount],
    [0, 3, 1, 1, 1],
  );
  assert.equal((await entriesOf("correction")) - before, 1);
  const { stdout } = await command("ledger", "show", cell.ledger, "--json");
  assert.match(stdout, /"evidence":\{"grade":"E2","places":\["SE"\],"source":"azure-diagnostics"\}/);
  const again = await reconcile(line(told), line(silent), line(wide));
  assert.deepEqual([again.found.correctedCount, again.found.knownCount], [0, 2]);
});

test("what an endpoint's deployment is today says nothing of an attempt whose permit let it compute elsewhere", async () => {
  const [wide = ""] = await chats("wide");
  const policy = readFileSync(join(directory, "policy.yaml"), "utf8");
  writeFileSync(join(directory, "later.yaml"), policy.replace("/data-zone", "/standard"));
  const later = join(directory, "later-cell.yaml");
  writeFileSync(later, readFileSync(config, "utf8").replace("policy.yaml", "later.yaml"));
  const file = join(directory, "wide.json");
  writeFileSync(file, JSON.stringify(line(wide)));
  const words = ["reconcile", "azure-diagnostics", file, "--config", later, "--json"];
  const { stdout, stderr } = await command(...words);
  assert.ok(stdout !== "", stderr);
  const { matchedCount, correctedCount, silentCount } = JSON.parse(stdout) as Reconciliation;
  assert.deepEqual([matchedCount, correctedCount, silentCount], [1, 0, 1]);
});

test("a resource that lies elsewhere than its endpoint says is a violation where it is of the kind that computes there", async () => {
  const [silent = "", wide = ""] = await chats("silent", "wide");
  const elsewhere = { location: "East US 2" };
  const { code, found } = await reconcile(line(wide, elsewhere), line(silent, elsewhere));
  assert.deepEqual([code, found.violationCount, found.silentCount], [1, 1, 1]);
  const [violation] = found.violations;
  assert.deepEqual(
    [violation?.endpoint, violation?.evidenced, violation?.region],
    ["sweden", ["US"], "East US 2"],
  );
  assert.deepEqual(found.quarantined, ["sweden"]);
  assert.deepEqual(found.misplaced, [
    { endpoint: "zone", region: "East US 2", callCount: 1 },
    { endpoint: "sweden", region: "East US 2", callCount: 1 },
  ]);
  assert.equal(await chat("silent"), 503);
  assert.equal((await reconcile(line(silent, elsewhere))).found.correctedCount, 0);
  const released = await command("quarantine", "release", "--endpoint", "sweden", "--config", config);
  assert.equal(released.code, 0, released.stderr);
});

test("a resource that lies elsewhere is told also where that is evidence of nothing", async () => {
  const [wide = ""] = await chats("wide");
  const file = join(directory, "wide.json");
  writeFileSync(file, JSON.stringify(line(wide, { location: "francecentral" })));
  const { code, stdout } = await command("reconcile", "azure-diagnostics", file, "--config", config);
  assert.equal(code, 1);
  assert.match(stdout, /late violations +0\n[^]*1 calls of endpoint `zone`, which lies in `francecentral`/);
});

test("a call by an id that is in no entry is named once, however often the log has it, and other lines are counted", async () => {
  const [silent = ""] = await chats("silent");
  const { code, found } = await reconcile(
    line(silent),
    line("past-the-gateway"),
    line("past-the-gateway"),
    line("refused", { resultSignature: "401" }),
    line("usage", { category: "AzureOpenAIRequestUsage" }),
    line("nowhere", { location: "moonbase1" }),
    { category: "GatewayLogs" },
  );
  assert.deepEqual([code, found.callCount, found.otherCount, found.foreignCount], [1, 5, 1, 1]);
  assert.deepEqual(
    found.unknownCalls.map(({ requestId, model }) => [requestId, model]),
    [
      ["past-the-gateway", "silent"],
      ["nowhere", "silent"],
    ],
  );
});

test("a region that nobody knows is evidence of nothing", async () => {
  const [silent = ""] = await chats("silent");
  const { code, found } = await reconcile(line(silent, { location: "moonbase1" }));
  assert.deepEqual([code, found.correctedCount, found.unknownRegions], [1, 0, { moonbase1: 1 }]);
});

test("where no id is the ledger's, though both tell of the same time, the ids are doubted", async () => {
  await chats("silent", "silent");
  const file = join(directory, "ids.json");
  const [from, until] = [Date.now() - 600_000, Date.now() + 600_000].map((ms) => new Date(ms).toISOString());
  writeFileSync(file, JSON.stringify({ records: [line("a", { time: from }), line("b", { time: until })] }));
  const { code, stdout } = await command("reconcile", "azure-diagnostics", file, "--config", config);
  assert.equal(code, 1);
  assert.match(stdout, /No call of this log has an id that the ledger knows/);
});

test("a file of another of Azure's logs is refused, and one of a known kind is named", async () => {
  const file = join(directory, "other.json");
  writeFileSync(file, JSON.stringify({ eventSource: "bedrock.amazonaws.com", eventName: "Converse" }));
  const { code, stderr } = await command("reconcile", "azure-diagnostics", file, "--config", config);
  assert.equal(code, 2);
  assert.match(stderr, /is of a `azure-diagnostics`; they are of a `cloudtrail`/);
  const none = await command("reconcile", "cloudtrail", file, "--config", config);
  assert.deepEqual([none.code, /no endpoint with `provider: bedrock`/.test(none.stderr)], [2, true]);
});
