import type { EndpointId, InstantMs, RequestId } from "../../base/index.ts";
import { parseEntry } from "../../ledger/index.ts";

/** An endpoint that gets no requests until a person releases it. */
export interface Quarantine {
  readonly endpoint: EndpointId;
  /** Of the entry that began it, whatever later months repeat. */
  readonly sinceMs: InstantMs;
  /** The request whose evidence led to it; null where none did. */
  readonly rid: RequestId | null;
}

/** What a log says of the endpoints that it names, the last word on each: null is a release. */
export type EndpointWords = ReadonlyMap<EndpointId, Quarantine | null>;

/** The newest month that says anything of an endpoint is right about it. */
export function laterWords(before: EndpointWords, after: EndpointWords): EndpointWords {
  return new Map([...before, ...after]);
}

export function standingIn(words: EndpointWords): readonly Quarantine[] {
  return Array.from(words.values()).filter((word) => word !== null);
}

/**
 * What an entry that is about an endpoint says, where `known` stood before. To be seen once more somewhere else begins
 * no second quarantine; nor does a month that repeats it.
 */
export function wordIn(bytes: Uint8Array, known: EndpointWords): readonly [EndpointId, Quarantine | null] {
  const entry = parseEntry(bytes);
  if (entry.ok && entry.value.t === "release") return [entry.value.endpoint, null];
  if (!entry.ok || entry.value.t !== "quarantine")
    throw new TypeError("the entry says nothing of an endpoint");
  const { endpoint, ts: sinceMs, rid } = entry.value;
  return [endpoint, known.get(endpoint) ?? { endpoint, sinceMs, rid }];
}
