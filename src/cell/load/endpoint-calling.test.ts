import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { tinyAuthority } from "../../../test/support/tiny-certificates.ts";
import { UnusableInputError } from "../../disk/index.ts";
import { resolveCalling } from "./endpoint-calling.ts";

const house = tinyAuthority("house");
const own = house.issue();
const files = {
  "ca.pem": house.certificate,
  "own.pem": own.certificate,
  "own.key": own.key,
  "other.key": house.issue().key,
  "text.pem": "hello",
};

test("an endpoint's certificates are read beside the policy", (t) => {
  const { ca, client } = resolved(t, { caPath: "ca.pem", certificatePath: "own.pem", keyPath: "own.key" });
  assert.deepEqual({ ca, client }, { ca: house.certificate, client: own });
});

for (const { title, paths, told } of [
  {
    title: "a `ca` that is no certificate",
    paths: { caPath: "text.pem", certificatePath: "own.pem", keyPath: "own.key" },
    told: /`e-1`: the file of `ca` holds no certificate/,
  },
  {
    title: "a private key that is another certificate's",
    paths: { caPath: "ca.pem", certificatePath: "own.pem", keyPath: "other.key" },
    told: /`e-1`: `client-certificate` is no certificate with its private key/,
  },
  {
    title: "a private key that is none",
    paths: { caPath: "ca.pem", certificatePath: "own.pem", keyPath: "text.pem" },
    told: /`e-1`: `client-certificate` is no certificate with its private key/,
  },
]) {
  test(`${title} is told when it is read, and not by each call`, (t) => {
    assert.throws(
      () => resolved(t, paths),
      (error) => error instanceof UnusableInputError && told.test(error.lines.join()),
    );
  });
}

interface Paths {
  readonly caPath: string;
  readonly certificatePath: string;
  readonly keyPath: string;
}

function resolved(
  t: TestContext,
  { caPath, certificatePath, keyPath }: Paths,
): ReturnType<typeof resolveCalling> {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-"));
  t.after(() => rmSync(directory, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  const calling = {
    path: null,
    serves: null,
    healthPath: null,
    headers: {},
    query: {},
    caPath,
    client: { certificatePath, keyPath },
  };
  return resolveCalling("endpoint `e-1`", calling, join(directory, "policy.yaml"));
}
