import { fail, ok, type Result } from "../base/index.ts";
import { buildPolicy } from "./build-policy.ts";
import { checkShape } from "./check-shape.ts";
import { checkEndpoints } from "./endpoint-checks.ts";
import { type Finding, hasErrors, toFindings } from "./finding.ts";
import { lawTexts } from "./law-texts.ts";
import { checkLock, type LockSource, readLock } from "./lock.ts";
import { checkMechanisms } from "./mechanism-checks.ts";
import { checkModels } from "./model-checks.ts";
import { checkPeriods } from "./period-checks.ts";
import { type PackText, readPinnedPacks } from "./pinned-packs.ts";
import { policyHash, type Sha256 } from "./policy-hash.ts";
import { policySchema } from "./policy-schema.ts";
import type { PackRecord, Policy } from "./policy.ts";
import { checkProviders } from "./provider-checks.ts";
import type { ProviderDocument } from "./provider-schema.ts";
import { checkReferences } from "./references.ts";
import { checkSignals } from "./signal-checks.ts";
import { checkTenants } from "./tenant-checks.ts";
import { checkWords } from "./word-checks.ts";
import { readUsedProviders, type UsedProviders } from "./used-providers.ts";
import { readYaml } from "./yaml-reader.ts";

interface PolicySource {
  /** As findings shall name it. */
  readonly file: string;
  readonly text: string;
  /**
   * Null for one that does not exist. Asked only for names of lower-case letters, digits and `-`, for providers with
   * `providers/` before them.
   */
  readonly readPack: (id: string) => PackText | null;
  readonly sha256: Sha256;
  /** `bailiwick.lock`, if there is one: then every pack must be the text that it names. */
  readonly lock?: LockSource | null;
}

/** The policy, or everything that is wrong with it and its packs. Never throws. */
export function parsePolicy({
  file,
  text,
  readPack,
  sha256,
  lock = null,
}: PolicySource): Result<Policy, readonly Finding[]> {
  const { root, problems } = readYaml(text);
  if (!root) return fail(toFindings(file, problems));

  const shape = checkShape(policySchema, root);
  const pinned = readPinnedPacks(root, readPack);
  const used = readUsedProviders(root, readPack);
  const texts = lawTexts(pinned, used, sha256);
  const locked = lock && readLock(lock);
  const regimes = pinned.packs.map(({ regime }) => regime);
  const own = toFindings(file, [
    ...problems,
    ...(shape.ok ? [] : shape.error),
    ...pinned.problems,
    ...used.problems,
    ...(locked ? checkLock(locked.lock, texts) : []),
    ...checkReferences(root, operatorsOf(used)),
    ...checkProviders(root, used.providers),
    ...checkEndpoints(root),
    ...checkTenants(root),
    ...checkModels(root),
    ...checkSignals(root),
    // A pack that cannot be read may be the one that knows the mechanism or the word.
    ...(pinned.isComplete ? [...checkMechanisms(root, regimes), ...checkWords(root, regimes)] : []),
    ...checkPeriods(root),
  ]);
  const findings = [...own, ...pinned.findings, ...used.findings, ...(locked?.findings ?? [])];
  if (!shape.ok || hasErrors(findings)) return fail(findings);

  const hash = policyHash(text, texts, sha256);
  const packs = texts.map(({ text: _text, use: _use, ...record }): PackRecord => record);
  const providers = documentsOf(used);
  return ok(buildPolicy({ document: shape.value, regimes, providers, packs, hash, warnings: findings }));
}

function documentsOf({ providers }: UsedProviders): readonly ProviderDocument[] {
  return Array.from(providers.values(), ({ document }) => document);
}

function operatorsOf(used: UsedProviders): readonly string[] {
  return documentsOf(used).map(({ operator }) => operator.id);
}
