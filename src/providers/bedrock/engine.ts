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
import { converseEventOf } from "./converse.ts";
import type { Frame } from "./event-stream.ts";
import { FramedAnswer, framedType } from "./framed-answer.ts";
import { invokeBody, messageEventOf } from "./invoke-model.ts";
import { readAwsCredentials, signatureHeaders } from "./signature.ts";
import { siteOf, spokenAt } from "./site.ts";

/** Amazon Bedrock: OpenAI's dialect and Anthropic's at both its doors, and `Converse` at `bedrock-runtime`. */
export const bedrock: Engine = {
  name: "bedrock",
  speaks: ["chat_completions", "messages", "converse"],
  speaksFor: (address, model) => spokenAt(siteOf(address), model),
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
    ...(site.isRuntime && { isWell: (status: number) => status < 500 }),
    ...(credentials && {
      sign: (request) => signatureHeaders(request, { credentials, scope: site, nowMs: Date.now() }),
    }),
  });
  return site.isRuntime
    ? { ...connection, call: (call, receiver) => callRuntime(connection, call, receiver) }
    : connection;
}

function callRuntime(
  connection: EngineConnection,
  call: UpstreamCall,
  receiver: AnswerReceiver,
): CallUnderWay {
  if (call.operation === "messages") {
    const body = invokeBody(concatBytes(call.body));
    return callFramed(connection, { ...call, body }, { receiver, eventOf: messageEventOf });
  }
  return call.operation === "converse"
    ? callFramed(connection, call, { receiver, eventOf: converseEventOf })
    : connection.call(call, receiver);
}

function callFramed(
  connection: EngineConnection,
  call: UpstreamCall,
  { receiver, eventOf }: { receiver: AnswerReceiver; eventOf: (frame: Frame) => string },
): CallUnderWay {
  const answer = new FramedAnswer(receiver, { maxEventBytes: call.maxEventBytes, eventOf });
  const accept = call.isStream ? framedType : call.accept;
  answer.underWay = connection.call({ ...call, accept }, answer);
  return answer;
}
