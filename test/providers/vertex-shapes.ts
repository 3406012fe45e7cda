// cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference; the answers are those of the Developer API, and say
// besides how the traffic was counted.
import assert from "node:assert/strict";
import { serviceAccountFile } from "../support/token-endpoint.ts";
import { geminiAnswers, geminiShapes, googleError, requireGenerateContent } from "./gemini-shapes.ts";
import { type ProviderShapes, secretKey } from "./provider-shapes.ts";

const key = serviceAccountFile();
const token = `ya29.${secretKey}`;
const publishers = "/v1/projects/acme-ai/locations/us-central1/publishers";

export const vertexShapes: ProviderShapes = {
  ...geminiShapes,
  engine: "vertex",
  key,
  token,
  endpoint:
    "provider: vertex, region: us-central1, url: https://us-central1-aiplatform.googleapis.com, support: US",
  refusedKey: {
    status: 401,
    body: googleError(401, "Request had invalid authentication credentials.", [
      {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        reason: "ACCESS_TOKEN_EXPIRED",
        domain: "googleapis.com",
        metadata: { service: "aiplatform.googleapis.com" },
      },
    ]),
  },
  elsewhere: geminiAnswers.whole,
  requireDocumented(request) {
    const [head = "", body = ""] = request.split("\r\n\r\n");
    const [line = ""] = head.split("\r\n");
    assert.ok(
      ["generateContent", "streamGenerateContent?alt=sse"]
        .map((verb) => `POST ${publishers}/google/models/gemini-3-pro:${verb} HTTP/1.1`)
        .includes(line),
      line,
    );
    assert.ok(head.includes(`\r\nauthorization: Bearer ${token}\r\n`));
    assert.doesNotMatch(head, /\r\nx-goog-api-key:/i);
    requireGenerateContent(body);
  },
};
