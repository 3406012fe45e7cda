import { concatBytes } from "../../base/index.ts";
import { calledWith } from "../called-with.ts";
import { readCallId } from "../call-id.ts";
import { openHttpConnection } from "../http/connection.ts";
import type { EndpointAddress, Engine, EngineConnection } from "../provider.ts";
import { servesOf } from "../serves.ts";
import { evidenceIn, geoFor, withGeo } from "./inference-geo.ts";

/** Anthropic's own API (platform.claude.com/docs/en/api/messages). */
export const anthropic: Engine = {
  name: "anthropic",
  // `count_tokens` takes no `inference_geo`, so nothing in a request chooses where a prompt is counted: an endpoint does so
  // where its `serves` says it, on the word of whoever set the workspace's own geography.
  speaks: ["messages"],
  open,
  evidence: (_address, headers, body) => ({
    ...evidenceIn(body),
    callId: readCallId(headers, ["request-id"]),
  }),
};

/** The version of the API whose shapes are those of src/wire/anthropic. */
const version = "2023-06-01";

function open(address: EndpointAddress, maxConnections: number): EngineConnection {
  const { apiKey, computes } = address;
  const headers = { ...(apiKey !== null && { "x-api-key": apiKey }), "anthropic-version": version };
  const connection = openHttpConnection(calledWith(address, { headers }), servesOf(address, anthropic), {
    maxConnections,
    probePaths: ["/v1/models", "/health"],
  });
  const geo = geoFor(computes);
  return {
    ...connection,
    call: (call, receiver) =>
      connection.call(
        call.operation === "count_tokens" ? call : { ...call, body: withGeo(concatBytes(call.body), geo) },
        receiver,
      ),
  };
}
