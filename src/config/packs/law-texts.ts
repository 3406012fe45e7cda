// Every text beside the policy's own that a decision rests on: pinned packs, then the providers that endpoints use.
import { encodeUtf8, toHex } from "../../base/index.ts";
import type { PackText, PinnedPacks } from "./pinned-packs.ts";
import type { Sha256 } from "./policy-hash.ts";
import type { PackRecord } from "../values/policy.ts";
import type { UsedProviders } from "./used-providers.ts";
import type { Located } from "../yaml/yaml-tree.ts";

export interface LawText extends PackRecord {
  readonly text: string;
  /** Where the policy names it. */
  readonly use: Located;
}

/** In the policy's order, which is the order in which its hash takes them. */
export function lawTexts(
  { packs }: PinnedPacks,
  { providers }: UsedProviders,
  sha256: Sha256,
): readonly LawText[] {
  const read = (id: string, version: string, { source, use }: Used): LawText => ({
    id,
    version,
    sha256: digestOnce(source, sha256),
    file: source.file,
    isOverride: (source.shadows ?? null) !== null,
    text: source.text,
    use,
  });
  return [
    ...packs.map((pack) => read(pack.regime.id, pack.regime.version, pack)),
    ...Array.from(providers, ([id, used]) => read(`providers/${id}`, used.document.version, used)),
  ];
}

/** By the text that was read: whoever brings the same one for many policies has it digested once. */
const digests = new WeakMap<PackText, string>();

function digestOnce(source: PackText, sha256: Sha256): string {
  const digest = digests.get(source) ?? toHex(sha256(encodeUtf8(source.text)));
  digests.set(source, digest);
  return digest;
}

interface Used {
  readonly source: PackText;
  readonly use: Located;
}
