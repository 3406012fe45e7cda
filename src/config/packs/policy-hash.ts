import { concatBytes, encodeUtf8, toHex } from "../../base/index.ts";

export interface NamedText {
  readonly id: string;
  readonly text: string;
}

export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/**
 * Names one policy with its packs, lower-case hex. SHA-256 over netstrings (decimal byte length, `:`, UTF-8 bytes, `,`):
 * first `bailiwick policy 1`, then the policy's text, then each pack's id and text in the order in which the policy
 * pins them. Netstrings end where their length says, so no two lists of texts have the same bytes.
 */
export function policyHash(text: string, packs: readonly NamedText[], sha256: Sha256): string {
  const parts = ["bailiwick policy 1", text, ...packs.flatMap((pack) => [pack.id, pack.text])];
  return toHex(sha256(concatBytes(parts.flatMap(netstring))));
}

const comma = encodeUtf8(",");

function netstring(text: string): readonly Uint8Array[] {
  const bytes = encodeUtf8(text);
  return [encodeUtf8(`${bytes.length}:`), bytes, comma];
}
