// Whom Amazon's control plane is believed to be, against a server that really speaks TLS.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { engineAddress } from "../../../test/support/engine-address.ts";
import { tinyAuthority } from "../../../test/support/tiny-certificates.ts";
import { askInferenceProfile } from "./inference-profile.ts";

test("who has a certificate of the endpoint's own `ca` alone is not Amazon's control plane, and hears nothing", async (t) => {
  const house = tinyAuthority("house");
  const { certificate: cert, key } = house.issue("127.0.0.1");
  const asked: (string | undefined)[] = [];
  const server = createServer({ cert, key }, ({ url }, response) => {
    asked.push(url);
    response.end("{}");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => server.close());
  const address = {
    ...engineAddress("https://127.0.0.1", { ca: house.certificate }),
    region: "eu-central-1/eu",
    apiKey: "bedrock-api-key-1",
    controlUrl: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
  };
  const heard = await askInferenceProfile(address, "eu.amazon.nova-pro-v1:0", new AbortController().signal);
  assert.deepEqual(heard, { ok: false, error: "unreachable" });
  assert.deepEqual(asked, []);
});
