import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, test } from "node:test";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { context, keyServiceContract } from "../../../test/contract/key-service-contract.ts";
import { credentials, FakeKms, type KmsFault, region } from "../../../test/support/fake-kms.ts";
import { type Moto, motoAbsent, startMoto } from "../../../test/support/moto-kms.ts";
import { openAwsKmsService } from "./aws-kms-service.ts";
import { KeyRefusedError, type KeyService, KeysUnavailableError } from "./key-service.ts";

const fakes: FakeKms[] = [];
const opened: KeyService[] = [];
let moto: Promise<Moto> | null = null;
after(async () => {
  await (await moto)?.stop();
  await Promise.all(fakes.map((fake) => fake.stop()));
  await Promise.all(opened.map((service) => service.close()));
});

async function start(): Promise<FakeKms> {
  const fake = await FakeKms.start();
  fakes.push(fake);
  return fake;
}

async function open(endpoint: string, key: string, timeoutMs = 5_000): Promise<KeyService> {
  const service = await openAwsKmsService({ key, region, endpoint, credentials, timeoutMs });
  opened.push(service);
  return service;
}

keyServiceContract("aws-kms", async () => {
  const fake = await start();
  return {
    service: await open(fake.endpoint, fake.arn),
    reopen: () => open(fake.endpoint, fake.arn),
    elsewhere: async () => {
      const other = await start();
      return open(other.endpoint, other.arn);
    },
  };
});

keyServiceContract(
  "aws-kms at moto",
  async () => {
    const { endpoint } = await (moto ??= startMoto());
    const [key, other] = [await newKey(endpoint), await newKey(endpoint)];
    return {
      service: await open(endpoint, key),
      reopen: () => open(endpoint, key),
      elsewhere: () => open(endpoint, other),
    };
  },
  { absent: motoAbsent, versions: "moto does not tell which material of a key is the current one" },
);

test("every request is signed (Signature Version 4) and says no more than it must", async () => {
  const fake = await start();
  const service = await open(fake.endpoint, fake.arn);
  const wrapped = await service.wrap(randomBytes(32), context);
  await service.unwrap(wrapped, context);
  await service.rewrap(wrapped, context);
  assert.deepEqual(fake.operations, ["DescribeKey", "Encrypt", "Decrypt", "ReEncrypt"]);
  assert.deepEqual(fake.unsigned, []);
});

const faults: readonly (readonly [
  fault: KmsFault,
  kind: typeof KeyRefusedError | typeof KeysUnavailableError,
])[] = [
  ["AccessDeniedException", KeyRefusedError],
  ["ThrottlingException", KeysUnavailableError],
  ["KMSInvalidStateException", KeysUnavailableError],
  ["down", KeysUnavailableError],
  ["hang", KeysUnavailableError],
  ["garbage", KeysUnavailableError],
];
for (const [fault, kind] of faults) {
  test(`${fault}: every call says so, and works again afterwards`, async () => {
    const fake = await start();
    const service = await open(fake.endpoint, fake.arn, fault === "hang" ? 300 : 5_000);
    const wrapped = await service.wrap(randomBytes(32), context);
    fake.fault = fault;
    const calls = [
      service.wrap(randomBytes(32), context),
      service.unwrap(wrapped, context),
      service.rewrap(wrapped, context),
      service.rotate(),
      service.describe(),
    ];
    for (const outcome of await Promise.allSettled(calls)) {
      assert.equal(outcome.status, "rejected");
      assert.ok(outcome.reason instanceof kind, String(outcome.reason));
    }
    fake.fault = null;
    await service.unwrap(wrapped, context);
  });
}

async function newKey(endpoint: string): Promise<string> {
  const client = new KMSClient({ endpoint, region, credentials });
  try {
    const { KeyMetadata: metadata } = await client.send(new CreateKeyCommand({}));
    return metadata?.KeyId ?? "";
  } finally {
    client.destroy();
  }
}

test("no address of the environment takes the place of the region's own", { timeout: 60_000 }, async (t) => {
  const fake = await start();
  for (const name of ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_KMS"]) {
    process.env[name] = fake.endpoint;
    t.after(() => delete process.env[name]);
  }
  const nowhere = { key: fake.arn, region: "none-1", endpoint: null, credentials, timeoutMs: 2_000 };
  const service = await openAwsKmsService(nowhere);
  opened.push(service);
  await assert.rejects(service.describe());
  assert.deepEqual(fake.operations, []);
});
