// A provider's log that lies in a bucket, as the provider delivers it there.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { Reconciliation } from "../src/operate/index.ts";
import { commandIn, type CommandResult } from "./support/command.ts";
import {
  hasRadosGateway,
  type RadosGateway,
  radosGatewayMissing,
  startRadosGateway,
} from "./support/rados-gateway.ts";
import { makeBucket, type TestBucket } from "./support/worm-storage.ts";

let directory: string;
let config: string;
/** Started for the first test that asks for a bucket. */
let gateway: Promise<RadosGateway> | null = null;

/** A cell that has served nothing: each call of a log is in no entry, and named in the order in which it is read. */
before(() => {
  directory = mkdtempSync(join(tmpdir(), "bailiwick-"));
  config = join(directory, "cell.yaml");
  writeFileSync(
    join(directory, "policy.yaml"),
    `
bailiwick: 1
deployment: reconcile.example
law: { packs: [eu-gdpr] }
operators: { rhein-cloud: { home: DE } }
cells: { eu-frankfurt: { place: DE, url: http://127.0.0.1, operator: rhein-cloud } }
endpoints:
  amazon: { cell: eu-frankfurt, engine: openai-compatible, provider: bedrock, region: eu-central-1, support: DE }
models:
  assistant: { served-by: { amazon: openai.gpt-oss-120b } }
tenants:
  shop: { established: DE, subjects: [DE], class: personal, keys: { main: { sha256: ${"a".repeat(64)} } } }
`,
  );
  writeFileSync(
    config,
    "bailiwick-cell: 1\ncell: eu-frankfurt\npolicy: policy.yaml\nstate: state\nlisten: 127.0.0.1:0\nadmin: 127.0.0.1:0\n",
  );
});
after(async () => {
  await (await gateway)?.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function bucketFor(t: TestContext): Promise<TestBucket> {
  gateway ??= startRadosGateway();
  const bucket = await makeBucket(await gateway, false);
  t.after(() => bucket.close());
  return bucket;
}

async function put(bucket: TestBucket, Key: string, body: string | Uint8Array): Promise<void> {
  const Bucket = bucket.address.bucket;
  await bucket.client.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.from(body) }));
}

/** As CloudTrail writes it. */
function event(requestID: string): object {
  return {
    eventVersion: "1.11",
    eventTime: "2026-11-20T10:00:00Z",
    eventSource: "bedrock.amazonaws.com",
    eventName: "Converse",
    awsRegion: "eu-central-1",
    requestParameters: { modelId: "eu.some-model" },
    additionalEventData: { inferenceRegion: "eu-north-1" },
    requestID,
  };
}

/** One file of a trail. */
function trail(...calls: readonly string[]): string {
  return JSON.stringify({ Records: calls.map(event) });
}

async function reconcile(
  { address }: Pick<TestBucket, "address">,
  kind: string,
  ...places: readonly string[]
): Promise<CommandResult> {
  const env = {
    AWS_ENDPOINT_URL: address.endpoint ?? "",
    AWS_ACCESS_KEY_ID: address.accessKeyId,
    AWS_SECRET_ACCESS_KEY: address.secretAccessKey,
  };
  return commandIn({ env }, "reconcile", kind, ...places, "--config", config, "--json");
}

function unknownIn({ stdout, stderr }: CommandResult): readonly string[] {
  assert.ok(stdout !== "", stderr);
  return (JSON.parse(stdout) as Reconciliation).unknownCalls.map(({ requestId }) => requestId);
}

test("all objects below a prefix are read in the order of their keys, compressed or not, without what lies beside them", async (t) => {
  if (!hasRadosGateway()) return t.skip(radosGatewayMissing);
  const bucket = await bucketFor(t);
  const root = "org/AWSLogs/111122223333";
  await put(bucket, `${root}/CloudTrail/eu-central-1/2026/11/21/c.json.gz`, gzipSync(trail("third")));
  await put(bucket, `${root}/CloudTrail/eu-central-1/2026/11/20/b.json.gz`, gzipSync(trail("second")));
  await put(bucket, `${root}/CloudTrail/eu-central-1/2026/11/20/a.json`, trail("first"));
  await put(bucket, `${root}/CloudTrail/eu-central-1/2026/11/22/`, "");
  await put(bucket, `${root}/CloudTrail-Digest/eu-central-1/2026/11/20/d.json.gz`, gzipSync("{}"));
  await put(bucket, "orgs/x.json", trail("of-another-prefix"));
  const place = `s3://${bucket.address.bucket}/org/`;
  const found = await reconcile(bucket, "cloudtrail", place);
  assert.deepEqual([found.code, unknownIn(found)], [1, ["first", "second", "third"]]);
  assert.match(found.stderr, /org\/`: 1 objects that are kept beside the log are left out/);
  const twice = await reconcile(bucket, "cloudtrail", place, `${place}AWSLogs`);
  assert.deepEqual(unknownIn(twice), ["first", "second", "third"]);
});

test("bodies that the log of invocations keeps beside its records are left out", async (t) => {
  if (!hasRadosGateway()) return t.skip(radosGatewayMissing);
  const bucket = await bucketFor(t);
  const root = "AWSLogs/111122223333/BedrockModelInvocationLogs";
  const record = {
    schemaType: "ModelInvocationLog",
    timestamp: "2026-11-20T10:00:00Z",
    requestId: "first",
    region: "eu-central-1",
    modelId: "eu.some-model",
  };
  await put(bucket, `${root}/eu-central-1/2026/11/20/10/a.json.gz`, gzipSync(JSON.stringify(record)));
  await put(
    bucket,
    `${root}/eu-central-1/2026/11/20/10/data/first_input.json.gz`,
    gzipSync('{"prompt":"x"}'),
  );
  await put(bucket, `${root}/amazon-bedrock-logs-permission-check`, "");
  const found = await reconcile(bucket, "bedrock-invocation-log", `s3://${bucket.address.bucket}`);
  assert.deepEqual(unknownIn(found), ["first"]);
});

test("an object that is cut is told by its name, and what came before it is printed", async (t) => {
  if (!hasRadosGateway()) return t.skip(radosGatewayMissing);
  const bucket = await bucketFor(t);
  await put(bucket, "trail/a.json", trail("first"));
  await put(bucket, "trail/b.json.gz", gzipSync(trail("second")).subarray(0, -12));
  await put(bucket, "trail/c.json", trail("third"));
  const place = `s3://${bucket.address.bucket}/trail/`;
  const found = await reconcile(bucket, "cloudtrail", place);
  assert.equal(found.code, 2);
  assert.match(
    found.stderr,
    /trail\/b\.json\.gz`: .*compressed with gzip, and cut or damaged; \d records before it/,
  );
  assert.ok(unknownIn(found).includes("first") && !unknownIn(found).includes("third"));
  const none = await reconcile(bucket, "cloudtrail", `s3://${bucket.address.bucket}/nothing/`);
  assert.deepEqual([none.code, none.stdout], [2, ""]);
  assert.match(none.stderr, /nothing\/` holds no object of a log/);
  const missing = await reconcile(bucket, "cloudtrail", "s3://no-such-bucket/x");
  assert.equal(missing.code, 2);
  assert.match(missing.stderr, /`s3:\/\/no-such-bucket\/x` cannot be listed: /);
});

interface Service {
  readonly pages: readonly (readonly Listed[])[];
  /** What it does when any object is asked for. */
  readonly get: RequestListener;
  /** Which of the requests for a page it refuses, counted from 1. */
  readonly refusesList?: number;
}

/** An S3 service of one bucket. */
async function startService(
  t: TestContext,
  { pages, get, refusesList }: Service,
): Promise<Pick<TestBucket, "address">> {
  let lists = 0;
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "", "http://127.0.0.1");
    const page = Number(searchParams.get("continuation-token") ?? 0);
    if (!searchParams.has("list-type")) get(request, response);
    else if (++lists === refusesList) response.writeHead(403).end();
    else response.end(listing(pages[page] ?? [], page + 1 < pages.length ? page + 1 : null));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => server.close());
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { address: { endpoint, region: "us-east-1", bucket: "b", accessKeyId: "a", secretAccessKey: "s" } };
}

interface Listed {
  readonly key: string;
  readonly bytes: number;
}

/** `next`: the page that follows. */
function listing(objects: readonly Listed[], next: number | null): string {
  const contents = objects.map(
    ({ key, bytes }) => `<Contents><Key>${key}</Key><Size>${bytes}</Size></Contents>`,
  );
  const token = next === null ? "" : `<NextContinuationToken>${next}</NextContinuationToken>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><IsTruncated>${next !== null}</IsTruncated>${token}${contents.join("")}</ListBucketResult>`;
}

test("all pages of a listing are read, more objects than are fetched at once, large ones among them, in their order", async (t) => {
  const names = Array.from({ length: 40 }, (_, number) => `call-${String(number).padStart(2, "0")}`);
  const objects = names.map((key, number) => ({ key, bytes: number % 5 === 0 ? 10_000_000 : 300 }));
  let [open, mostOpen] = [0, 0];
  const service = await startService(t, {
    pages: [objects.slice(0, 15), objects.slice(15, 30), objects.slice(30)],
    get: (request, response) => {
      mostOpen = Math.max(mostOpen, ++open);
      // The first of them is answered last.
      setTimeout(() => {
        open--;
        response.end(trail(/call-\d+/.exec(request.url ?? "")?.[0] ?? ""));
      }, 20 - open);
    },
  });
  assert.deepEqual(unknownIn(await reconcile(service, "cloudtrail", "s3://b")), names);
  assert.ok(mostOpen > 1 && mostOpen <= 8, String(mostOpen));
});

const breaksOff: RequestListener = (_, response) => {
  response.writeHead(200, { "content-length": 1_000 });
  response.write(trail("second", "third").slice(0, 400));
  setTimeout(() => response.destroy(), 50);
};
const refuses: RequestListener = (_, response) => void response.writeHead(403).end();

for (const { title, bytes, get } of [
  { title: "whose connection ends in the middle", bytes: 1_000, get: breaksOff },
  { title: "that is large, and whose connection ends in the middle", bytes: 10_000_000, get: breaksOff },
  { title: "that is refused", bytes: 1_000, get: refuses },
]) {
  test(`an object ${title} is told by its name, and what came before it is printed`, async (t) => {
    const service = await startService(t, {
      pages: [[{ key: "a.json", bytes: 300 }], [{ key: "b.json", bytes }]],
      get: (request, response) => {
        if (request.url?.includes("/a.json")) response.end(trail("first"));
        else get(request, response);
      },
    });
    const found = await reconcile(service, "cloudtrail", "s3://b");
    assert.equal(found.code, 2, found.stderr);
    assert.match(found.stderr, /`s3:\/\/b\/b\.json` cannot be read: ./);
    assert.ok(unknownIn(found).includes("first"));
  });
}

test("a listing that breaks off is told, and what came before it is printed", async (t) => {
  const service = await startService(t, {
    pages: [Array.from({ length: 8 }, (_, number) => ({ key: `call-${number}`, bytes: 300 })), []],
    get: (request, response) => response.end(trail(/call-\d/.exec(request.url ?? "")?.[0] ?? "")),
    // Both pages were listed before, to see how much there is.
    refusesList: 4,
  });
  const found = await reconcile(service, "cloudtrail", "s3://b");
  assert.equal(found.code, 2);
  assert.match(found.stderr, /`s3:\/\/b` cannot be listed: ./);
  assert.deepEqual(unknownIn(found), ["call-0"]);
});

test("a session token of the environment goes with each request", async (t) => {
  const tokens = new Set<unknown>();
  const { address } = await startService(t, {
    pages: [[{ key: "a.json", bytes: 300 }]],
    get: (request, response) => {
      tokens.add(request.headers["x-amz-security-token"]);
      response.end(trail("first"));
    },
  });
  const env = {
    AWS_ENDPOINT_URL: address.endpoint ?? "",
    AWS_ACCESS_KEY_ID: "a",
    AWS_SECRET_ACCESS_KEY: "s",
    AWS_SESSION_TOKEN: "t",
  };
  const { stderr } = await commandIn({ env }, "reconcile", "cloudtrail", "s3://b", "--config", config);
  assert.deepEqual([...tokens], ["t"], stderr);
});

test("without credentials, or without a bucket, it says what to set", async () => {
  for (const [place, says] of [
    [
      "s3://b/x",
      /^bailiwick: environment variable `AWS_ACCESS_KEY_ID` is not set; set it to read a bucket$/m,
    ],
    ["s3:///x", /`s3:\/\/\/x` names no bucket/],
  ] as const) {
    const { code, stderr } = await commandIn(
      { env: {} },
      "reconcile",
      "cloudtrail",
      place,
      "--config",
      config,
    );
    assert.equal(code, 2);
    assert.match(stderr, says);
  }
});
