import assert from "node:assert/strict";
import { test } from "node:test";
import { motoAbsent, startMoto } from "../../../test/support/moto-kms.ts";
import { readAwsCredentials, signatureHeaders, type SignedRequest } from "./signature.ts";

const key = "AKIDEXAMPLE000000:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const none: readonly Uint8Array[] = [];

/** AWS's published test suite for the signature: one moment, region and service for all. */
const published = [
  {
    name: "get-vanilla",
    method: "GET",
    query: {},
    signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
  },
  {
    name: "post-vanilla",
    method: "POST",
    query: {},
    signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
  },
  {
    name: "get-vanilla-query-order-key-case",
    method: "GET",
    query: { Param2: "value2", Param1: "value1" },
    signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
  },
];

for (const { name, method, query, signature } of published) {
  test(`AWS's own vector ${name}`, () => {
    const { authorization } = signed({ method, host: "example.amazonaws.com", path: "/", query, body: none });
    assert.equal(
      authorization,
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    );
  });
}

function signed(
  request: SignedRequest,
  { service = "service", sessionToken = null }: { service?: string; sessionToken?: string | null } = {},
): Readonly<Record<string, string>> {
  const credentials = {
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    sessionToken,
  };
  const scope = { region: "us-east-1", service };
  return signatureHeaders(request, { credentials, scope, nowMs: Date.parse("2015-08-30T12:36:00Z") });
}

test("a path that is escaped already, a query and a body are signed as botocore 1.43 signs them", () => {
  const request = {
    method: "POST",
    host: "bedrock-runtime.us-east-1.amazonaws.com",
    path: "/model/us.anthropic.claude-x-v1%3A0/invoke",
    query: { a: "b c" },
    body: [Buffer.from('{"a"'), Buffer.from(":1}")],
  };
  assert.match(
    signed(request, { service: "bedrock", sessionToken: "tok" })["authorization"] ?? "",
    /Signature=387173e3b0e6db10373077882297e2dbd3914781d80f874d6de5bad75829ef14$/,
  );
});

test("an access key is told from a key of Bedrock's own, and its session from both", () => {
  assert.deepEqual(readAwsCredentials(key), {
    accessKeyId: "AKIDEXAMPLE000000",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    sessionToken: null,
  });
  assert.equal(readAwsCredentials(`${key}:IQoJb3//token==`)?.sessionToken, "IQoJb3//token==");
  for (const other of ["ABSKQmVkcm9ja0FQSUtleS1hYmM=", "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3M=", "k"])
    assert.equal(readAwsCredentials(other), null);
});

test("a session's token is signed", () => {
  const credentials = readAwsCredentials(`${key}:token`);
  assert.ok(credentials);
  const scope = { region: "us-east-1", service: "bedrock" };
  const request = { method: "POST", host: "h", path: "/", query: {}, body: none };
  const headers = signatureHeaders(request, { credentials, scope, nowMs: 0 });
  assert.equal(headers["x-amz-security-token"], "token");
  assert.match(headers["authorization"] ?? "", /SignedHeaders=host;x-amz-date;x-amz-security-token,/);
});

test(
  "moto, which checks signatures as AWS's own library makes them, takes ours and no altered one",
  {
    skip: motoAbsent,
  },
  async (t) => {
    const moto = await startMoto();
    t.after(() => moto.stop());
    const host = new URL(moto.endpoint).host;
    const asked = async (
      service: string,
      body: string,
      secret: string | null,
      sent = body,
    ): Promise<string> => {
      const bytes = Buffer.from(body);
      const scope = { region: "us-east-1", service };
      const credentials = readAwsCredentials(secret ?? key);
      assert.ok(credentials);
      const request = { method: "POST", host, path: "/", query: {}, body: [bytes] };
      const headers = signatureHeaders(request, { credentials, scope, nowMs: Date.now() });
      const type = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
      return (
        await fetch(moto.endpoint, { method: "POST", headers: { ...headers, ...type }, body: sent })
      ).text();
    };
    await asked("iam", "Action=CreateUser&UserName=u&Version=2010-05-08", null);
    const made = await asked("iam", "Action=CreateAccessKey&UserName=u&Version=2010-05-08", null);
    const [id, secret] = ["AccessKeyId", "SecretAccessKey"].map(
      (name) => new RegExp(`<${name}>([^<]+)`).exec(made)?.[1],
    );
    const policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
    const document = encodeURIComponent(JSON.stringify(policy));
    await asked(
      "iam",
      `Action=PutUserPolicy&UserName=u&PolicyName=p&PolicyDocument=${document}&Version=2010-05-08`,
      null,
    );
    await fetch(`${moto.endpoint}/moto-api/reset-auth`, { method: "POST", body: "0" });
    const question = "Action=GetCallerIdentity&Version=2011-06-15";
    assert.match(await asked("sts", question, `${id}:${secret}`), /<Arn>arn:aws:iam::\d+:user\/u</);
    assert.match(await asked("sts", question, `${id}:${secret}`, `${question}&a=b`), /SignatureDoesNotMatch/);
    assert.match(await asked("sts", question, `${id}:another`), /SignatureDoesNotMatch/);
  },
);
