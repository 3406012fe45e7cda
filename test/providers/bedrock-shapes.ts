// docs.aws.amazon.com/bedrock/latest/APIReference: InvokeModel and InvokeModelWithResponseStream, for a model of Anthropic's.
import assert from "node:assert/strict";
import { readAwsCredentials, signatureHeaders } from "../../src/providers/bedrock/signature.ts";
import { chunkFrame } from "../support/event-stream-frame.ts";
import { anthropicShapes, messageEvents, messageWith } from "./anthropic-shapes.ts";
import type { ProviderShapes } from "./provider-shapes.ts";

export const bedrockKey = "AKIAEXAMPLE0000000:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const whole = messageWith([{ type: "text", text: "The law of the place." }], "end_turn");

export const bedrockShapes: ProviderShapes = {
  engine: "bedrock",
  key: bedrockKey,
  endpoint:
    "provider: bedrock, region: us-east-1/us, url: https://bedrock-runtime.us-east-1.amazonaws.com, support: US",
  elsewhereEndpoint: null,
  model: "us.anthropic.claude-opus-5-5-v1:0",
  operation: "messages",
  members: anthropicShapes.members,
  tools: anthropicShapes.tools,
  headers: "x-amzn-requestid: 6a1b7c3e-2f4d-4b5a-8c9d-0e1f2a3b4c5d\r\n",
  whole,
  called: messageWith([{ type: "tool_use", id: "toolu_1", name: "look_up", input: { act: 1 } }], "tool_use"),
  elsewhere: whole,
  events: messageEvents(undefined).map((event) => chunkFrame(event).toString("latin1")),
  eventType: "application/vnd.amazon.eventstream",
  refusedKey: {
    status: 403,
    body: JSON.stringify({ message: "The security token included in the request is expired" }),
  },
  errorOf: () => JSON.stringify({ message: "Something went wrong" }),
  requireDocumented(request) {
    const { line, members } = requireSigned(request);
    assert.match(
      line,
      /^POST \/model\/us\.anthropic\.claude-opus-5-5-v1%3A0\/invoke(-with-response-stream)? /,
    );
    assert.equal(members["anthropic_version"], "bedrock-2023-05-31");
    for (const name of ["model", "stream", "inference_geo"]) assert.ok(!Object.hasOwn(members, name), name);
  },
};

/** What a request that the key has signed says. */
export function requireSigned(request: string): {
  readonly line: string;
  readonly members: Readonly<Record<string, unknown>>;
} {
  const [head = "", body = ""] = request.split("\r\n\r\n");
  const [line = "", ...fields] = head.split("\r\n");
  const headers = new Map(fields.map((field) => field.split(": ") as [string, string]));
  const stamp = headers.get("x-amz-date") ?? "";
  const nowMs = Date.parse(stamp.replace(/^(....)(..)(..T..)(..)(..)Z$/, "$1-$2-$3:$4:$5Z"));
  assert.ok(Math.abs(Date.now() - nowMs) < 60_000, stamp);
  const credentials = readAwsCredentials(bedrockKey);
  assert.ok(credentials);
  const asked = {
    method: "POST",
    host: headers.get("host") ?? "",
    path: line.split(" ")[1] ?? "",
    query: {},
    body: [Buffer.from(body)],
  };
  const scope = { region: "us-east-1", service: "bedrock" };
  const { authorization } = signatureHeaders(asked, { credentials, scope, nowMs });
  assert.equal(headers.get("authorization"), authorization);
  return { line, members: JSON.parse(body) as Readonly<Record<string, unknown>> };
}
