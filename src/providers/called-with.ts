import type { Calling, EndpointAddress } from "./provider.ts";

const plain: Calling = {
  path: null,
  serves: null,
  healthPath: null,
  headers: {},
  query: {},
  ca: null,
  client: null,
};

/** For a provider whose key is no bearer token. What the policy writes under `headers` and `query` stands before this. */
export function calledWith(
  address: EndpointAddress,
  { headers = {}, query = {} }: Partial<Pick<Calling, "headers" | "query">>,
): EndpointAddress {
  const calling = address.calling ?? plain;
  return {
    ...address,
    apiKey: null,
    calling: {
      ...calling,
      headers: { ...headers, ...calling.headers },
      query: { ...query, ...calling.query },
    },
  };
}
