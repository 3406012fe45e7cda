// Locked copies as an operator has them: a cell that serves, a bucket, and an auditor who has nothing but the bucket.
import assert from "node:assert/strict";
import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { eventually, startDemoFor } from "./support/demo.ts";
import { hasRadosGateway, radosGatewayMissing, startRadosGateway } from "./support/rados-gateway.ts";
import { chatAt, startServe } from "./support/serve.ts";
import { makeBucket, type TestBucket } from "./support/worm-storage.ts";
import { commandIn, type CommandResult } from "./support/command.ts";

test("a cell's ledger is verified straight from the bucket, by the commands and the file that verify any other", async (t) => {
  if (!hasRadosGateway()) return t.skip(radosGatewayMissing);
  const demo = await startDemoFor(t);
  assert.equal(await demo.stop(), 0);
  const { directory, contract } = demo;
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const gateway = await startRadosGateway();
  t.after(() => gateway.stop());
  const bucket = await makeBucket(gateway);
  t.after(() => bucket.close());
  const trust = join(directory, "log-alone.policy");
  writeFileSync(trust, withoutWitnesses(readFileSync(contract.trust, "utf8")));
  const config = join(directory, "eu-frankfurt.yaml");
  appendFileSync(config, wormSection(bucket));
  const environment = {
    WORM_ACCESS_KEY: bucket.address.accessKeyId,
    WORM_SECRET_KEY: bucket.address.secretAccessKey,
  };
  const cell = await startServe(config, environment);
  try {
    for (let count = 0; count < 20; count++) {
      await chatAt(cell.url, contract.keys["demo-bank"] ?? "");
    }
    // What the first anchor has the ledger say is among the copies of the next.
    await eventually(async () => {
      const { stdout } = await ask(bucket, "show");
      return stdout.includes('"t":"worm"') && stdout.split('"t":"outcome"').length > 20;
    });
    const metrics = await (await fetch(`${cell.admin}/metrics`)).text();
    assert.match(metrics, /bailiwick_worm_copying\{cell="eu-frankfurt"\} 1\n/);
  } finally {
    assert.equal(await cell.stop(), 0);
  }

  const clean = await ask(bucket, "verify", "--trust", trust);
  assert.equal(clean.code, 0, clean.stderr);
  const [log] = (JSON.parse(clean.stdout) as { readonly logs: readonly Log[] }).logs;
  assert.ok((log?.size ?? 0) > 40, clean.stdout);

  const [manifest = ""] = [...(await bucket.versions()).keys()].filter((key) => key.includes("manifests/"));
  await bucket.overwrite(manifest, "nothing of interest");
  const touched = await ask(bucket, "verify", "--trust", trust);
  assert.equal(touched.code, 0, touched.stderr);
  assert.match(touched.stderr, /manifests\/00000000: 2 versions: somebody wrote over it/);

  const withoutKeys = await commandIn({ env: {} }, "ledger", "verify", `s3://${bucket.address.bucket}`);
  assert.equal(withoutKeys.code, 2);
  assert.match(withoutKeys.stderr, /`AWS_ACCESS_KEY_ID` is not set/);
});

/** Its witnesses are not running. */
function withoutWitnesses(policy: string): string {
  const logs = policy.split("\n").filter((line) => line.startsWith("log "));
  return [...logs, "quorum none", ""].join("\n");
}

function wormSection({ address }: TestBucket): string {
  return `worm:
  endpoint: ${address.endpoint}
  bucket: ${address.bucket}
  access-key: \${env:WORM_ACCESS_KEY}
  secret-key: \${env:WORM_SECRET_KEY}
  retention-days: 1
  anchor-interval-ms: 1000
`;
}

interface Log {
  readonly size: number;
}

function ask({ address }: TestBucket, action: string, ...flags: readonly string[]): Promise<CommandResult> {
  const env = {
    AWS_ENDPOINT_URL: address.endpoint ?? "",
    AWS_ACCESS_KEY_ID: address.accessKeyId,
    AWS_SECRET_ACCESS_KEY: address.secretAccessKey,
  };
  return commandIn({ env }, "ledger", action, `s3://${address.bucket}`, "--json", ...flags);
}
