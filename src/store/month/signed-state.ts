// The last tree that was signed, written before the signature is made: whatever the world may have seen of this log
// is not larger than this.
import {
  canonicalJson,
  decodeUtf8,
  encodeUtf8,
  type EndpointId,
  fail,
  fromBase64,
  ok,
  type RequestId,
  type Result,
  toBase64,
  toHex,
} from "../../base/index.ts";
import { sha256 } from "../../keys/index.ts";
import type { EndpointWords, Quarantine } from "../log/quarantines.ts";

export interface SignedState {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  /** How often the shard was opened. */
  readonly epoch: number;
  /** Decisions in the first `size` entries whose outcome is not among them, with their index. */
  readonly open: ReadonlyMap<RequestId, number>;
  /** What the first `size` entries say of endpoints, which a start would have to read a month for. */
  readonly words: EndpointWords;
  /** The last of them is `closed`: nothing follows it. */
  readonly isEnded: boolean;
}

/** One line of canonical JSON, then its SHA-256 in hex: a flipped byte must not close somebody else's decision. */
export function formatSignedState({ root, open, words, ...rest }: SignedState): Uint8Array {
  const { origin, size, epoch, isEnded } = rest;
  const endpoints = Array.from(words, ([endpoint, word]) => [endpoint, word && { ...word }]);
  const json = canonicalJson({
    v: 3,
    origin,
    size,
    root: toBase64(root),
    epoch,
    open: [...open],
    endpoints,
    isEnded,
  });
  return encodeUtf8(`${json}\n${checksum(json)}\n`);
}

export function parseSignedState(bytes: Uint8Array): Result<SignedState, string> {
  const [json = "", sum, ...rest] = (decodeUtf8(bytes) ?? "").split("\n");
  if (sum !== checksum(json) || rest.length !== 1 || rest[0] !== "")
    return fail("the checksum does not match");
  const { v, endpoints = [], ...state } = JSON.parse(json) as Stored;
  if (v !== 2 && v !== 3) return fail(`version \`${v}\` was written by another release`);
  const root = fromBase64(state.root);
  if (root?.length !== 32) return fail("the root is not a SHA-256");
  return ok({ ...state, root, open: new Map(state.open), words: new Map(endpoints) });
}

/** As written by {@link formatSignedState}; the checksum vouches for it. */
interface Stored {
  readonly v: number;
  readonly origin: string;
  readonly size: number;
  readonly root: string;
  readonly epoch: number;
  readonly open: readonly (readonly [RequestId, number])[];
  /** Not in version 2, whose releases put no endpoint into quarantine for longer than they ran. */
  readonly endpoints?: readonly (readonly [EndpointId, Quarantine | null])[];
  readonly isEnded: boolean;
}

function checksum(json: string): string {
  return toHex(sha256(encodeUtf8(json)));
}
