import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { openBucket } from "./bucket.ts";

test(
  "no address of the environment takes the place of the region's own: copies go where the cell file says",
  { timeout: 60_000 },
  async (t) => {
    let asked = 0;
    const server = createServer((_, response) => {
      asked++;
      response.writeHead(500).end();
    }).listen(0, "127.0.0.1");
    t.after(() => server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    for (const name of ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"]) {
      process.env[name] = `http://127.0.0.1:${port}`;
      t.after(() => delete process.env[name]);
    }
    const address = { endpoint: null, region: "none-1", bucket: "b", accessKeyId: "a", secretAccessKey: "s" };
    const bucket = await openBucket(address, 1);
    await assert.rejects(bucket.requireLock());
    assert.equal(asked, 0);
  },
);
