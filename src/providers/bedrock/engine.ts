import { concatBytes } from "../../base/index.ts";
import { calledWith } from "../called-with.ts";
import { readCallId } from "../call-id.ts";
import { openHttpConnection } from "../http/connection.ts";
import {
  type AnswerReceiver,
  type CallUnderWay,
  type EndpointAddress,
  type Engine,
  type EngineConnection,
  noEvidence,
  type UpstreamCall,
} from "../provider.ts";
import { servesOf } from "../serves.ts";
import { FramedAnswer, invokeBody } from "./invoke-model.ts";
import { readAwsCredentials, signatureHeaders } from "./signature.ts";
import { siteOf } from "./site.ts";

/**
 * Amazon Bedrock: OpenAI's dialect at both its doors, and Anthropic's, at `bedrock-runtime` through `InvokeModel`. What `Converse`
 * alone answers is not asked.
 */
export const bedrock: Engine = {
  name: "bedrock",
  speaks: ["chat_completions", "messages"],
  open,
  // No answer names a place: CloudTrail does, afterwards, by this id (docs/reconcile.md).
  evidence: (_address, headers) => ({
    ...noEvidence,
    evidenceClass: "E1",
    source: "selection",
    callId: readCallId(headers, ["x-amzn-requestid", "request-id", "x-request-id"]),
  }),
};

function open(address: EndpointAddress, maxConnections: number): EngineConnection {
  const site = siteOf(address);
  const credentials = address.apiKey === null ? null : readAwsCredentials(address.apiKey);
  const called = calledWith(address, { headers: { "anthropic-version": "2023-06-01" } });
  const serves = servesOf(address, { speaks: bedrock.speaks, paths: site.paths });
  const connection = openHttpConnection({ ...called, apiKey: credentials ? null : address.apiKey }, serves, {
    maxConnections,
    // The runtime lists no models: whatever it answers, it is there.
    ...(site.invokes && { isWell: (status: number) => status < 500 }),
    ...(credentials && {
      sign: (request) => signatureHeaders(request, { credentials, scope: site, nowMs: Date.now() }),
    }),
  });
  if (!site.invokes) return connection;
  // A chat may be translated into a message.
  const isMessage = (call: UpstreamCall): boolean => serves[call.operation]?.operation === "messages";
  return {
    ...connection,
    call: (call, receiver) =>
      isMessage(call) ? invoke(connection, call, receiver) : connection.call(call, receiver),
  };
}

function invoke(connection: EngineConnection, call: UpstreamCall, receiver: AnswerReceiver): CallUnderWay {
  const answer = new FramedAnswer(receiver, call.maxEventBytes);
  const underWay = connection.call({ ...call, body: invokeBody(concatBytes(call.body)) }, answer);
  answer.underWay = underWay;
  return underWay;
}
