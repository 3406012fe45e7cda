import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { context, keyServiceContract } from "../../../test/contract/key-service-contract.ts";
import { FakeTransit, type TransitFault } from "../../../test/support/fake-transit.ts";
import { KeyRefusedError, type KeyService, KeysUnavailableError } from "./key-service.ts";
import { openTransitService, type TransitOptions } from "./transit-service.ts";

const started: FakeTransit[] = [];
const opened: KeyService[] = [];
after(async () => {
  await Promise.all(started.map((fake) => fake.stop()));
  await Promise.all(opened.map((service) => service.close()));
});

async function start(...options: Parameters<typeof FakeTransit.start>): Promise<FakeTransit> {
  const fake = await FakeTransit.start(...options);
  started.push(fake);
  return fake;
}

function open(fake: FakeTransit, options: Partial<TransitOptions> = {}): KeyService {
  const service = openTransitService({
    address: fake.address,
    mount: "transit",
    key: "cell",
    namespace: null,
    token: () => "s.token",
    authorities: null,
    timeoutMs: 5_000,
    ...options,
  });
  opened.push(service);
  return service;
}

keyServiceContract("transit", async () => {
  const fake = await start();
  return {
    service: open(fake),
    reopen: async () => open(fake),
    elsewhere: async () => open(await start()),
  };
});

test("what it asks is what the engine's API says, with the context as associated data", async () => {
  const fake = await start({ token: "s.renewed" });
  const service = open(fake, { namespace: "cells/eu", token: () => "s.renewed" });
  await service.unwrap(await service.wrap(Buffer.from("secret"), context), context);
  const [wrap, unwrap] = fake.requests;
  assert.equal(`${wrap?.method} ${wrap?.path}`, "POST /v1/transit/encrypt/cell");
  assert.equal(`${unwrap?.method} ${unwrap?.path}`, "POST /v1/transit/decrypt/cell");
  assert.equal(wrap?.headers["x-vault-token"], "s.renewed");
  assert.equal(wrap?.headers["x-vault-namespace"], "cells/eu");
  assert.equal(wrap?.body["plaintext"], Buffer.from("secret").toString("base64"));
  const bound = Buffer.from(String(unwrap?.body["associated_data"]), "base64").toString();
  assert.deepEqual(JSON.parse(bound), context);
  assert.equal(unwrap?.body["associated_data"], wrap?.body["associated_data"]);
});

const outages: readonly (readonly [fault: TransitFault, says: RegExp])[] = [
  ["down", /UND_ERR_SOCKET|ECONNRESET/],
  ["forbidden", /403: the token is missing, has expired/],
  ["limited", /429: it is asked too often/],
  ["sealed", /503: it is sealed/],
  ["hang", /no answer in time/],
  ["garbage", /does not answer as a transit engine does/],
  ["huge", /UND_ERR_RES_EXCEEDED_MAX_SIZE/],
  ["redirect", /307: it is a standby/],
];
for (const [fault, says] of outages) {
  test(`${fault}: every call says that keys are not available, and works again afterwards`, async () => {
    const fake = await start();
    const service = open(fake, { timeoutMs: fault === "hang" ? 100 : 5_000 });
    const wrapped = await service.wrap(randomBytes(32), context);
    fake.fault = fault;
    const calls = [
      () => service.wrap(randomBytes(32), context),
      () => service.unwrap(wrapped, context),
      () => service.rewrap(wrapped, context),
      () => service.rotate(),
      () => service.describe(),
    ];
    for (const call of calls) {
      await assert.rejects(call(), (error: unknown) => {
        assert.ok(error instanceof KeysUnavailableError, String(error));
        assert.match(error.message, says);
        return true;
      });
    }
    fake.fault = null;
    await service.unwrap(wrapped, context);
  });
}

test("an engine that nobody listens for is not available", async () => {
  const fake = await start();
  const service = open(fake);
  await fake.stop();
  await assert.rejects(service.describe(), /is not available: .*ECONNREFUSED/);
});

test("a token that cannot be read is an outage, and no token is in any message", async () => {
  const fake = await start();
  const unreadable = open(fake, { token: () => readFileSync("/nonexistent/token", "utf8") });
  await assert.rejects(unreadable.describe(), /its token cannot be read \(ENOENT\)/);
  const refused = open(fake, { token: () => "s.very-secret" });
  await assert.rejects(refused.describe(), (error: unknown) => !String(error).includes("very-secret"));
});

test("an engine or key that is not there is refused", async () => {
  const fake = await start();
  await assert.rejects(
    open(fake, { key: "other" }).describe(),
    /404: there is no such engine, namespace or key/,
  );
});

for (const description of [
  { exportable: true },
  { allow_plaintext_backup: true },
  { derived: true },
  { type: "rsa-2048" },
  { exportable: undefined },
]) {
  test(`a key with ${JSON.stringify(description)} is refused, for it would not stay or could not be bound`, async () => {
    const fake = await start({ description });
    await assert.rejects(open(fake).describe(), (error: unknown) => {
      assert.ok(error instanceof KeyRefusedError);
      assert.ok(error.message.includes(`\`${Object.keys(description)[0]}\``));
      return true;
    });
  });
}

test("a server is believed that the given authority vouches for, and no other", async () => {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-transit-"));
  after(() => rmSync(directory, { recursive: true }));
  const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  const subject = ["-subj", "/CN=transit", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"];
  const files = ["-keyout", key, "-out", cert];
  execFileSync(
    "openssl",
    ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", ...files, ...subject],
    { stdio: "pipe" },
  );
  const authorities = readFileSync(cert, "utf8");
  const fake = await start({ tls: { key: readFileSync(key, "utf8"), cert: authorities } });
  await open(fake, { authorities }).describe();
  await assert.rejects(open(fake).describe(), /is not available: .*SELF_SIGNED/);
});
