import type { EndpointId } from "../../src/base/index.ts";
import type { Calling, EndpointAddress } from "../../src/providers/provider.ts";

const plain: Calling = {
  path: null,
  serves: null,
  healthPath: null,
  headers: {},
  query: {},
  ca: null,
  client: null,
};

/** An OpenAI-compatible server that is called as a base URL, but for what a test cares about. */
export function engineAddress(url: string, calling: Partial<Calling> = {}): EndpointAddress {
  return {
    id: "e-1" as EndpointId,
    engine: "openai-compatible",
    url,
    apiKey: null,
    modelFile: null,
    computes: [],
    calling: { ...plain, ...calling },
  };
}
