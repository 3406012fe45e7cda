import { fail, ok, type Result } from "../../base/index.ts";
import { buildPolicy } from "./build-policy.ts";
import { checkShape } from "../schema/check-shape.ts";
import { checkAcceptances } from "../checks/acceptance-checks.ts";
import { checkAddresses } from "../checks/address-checks.ts";
import { checkAttestations } from "../checks/attestation-checks.ts";
import { checkEndpoints } from "../checks/endpoint-checks.ts";
import { type Finding, hasErrors, toFindings } from "../yaml/finding.ts";
import { lawTexts } from "../packs/law-texts.ts";
import { checkLock, type LockSource, readLock } from "../packs/lock.ts";
import { checkLimits } from "../checks/limit-checks.ts";
import { checkMechanisms } from "../checks/mechanism-checks.ts";
import { checkModels } from "../checks/model-checks.ts";
import { checkPeriods } from "../checks/period-checks.ts";
import { type PackShelf, readPinnedPacks } from "../packs/pinned-packs.ts";
import { policyHash, type Sha256 } from "../packs/policy-hash.ts";
import { policySchema } from "../schema/policy-schema.ts";
import type { PackRecord, Policy } from "../values/policy.ts";
import { checkProviders } from "../checks/provider-checks.ts";
import type { ProviderDocument } from "../schema/provider-schema.ts";
import { checkReferences } from "../checks/references.ts";
import { checkSignals } from "../checks/signal-checks.ts";
import { checkTenants } from "../checks/tenant-checks.ts";
import { checkWords } from "../checks/word-checks.ts";
import { readUsedProviders, type UsedProviders } from "../packs/used-providers.ts";
import { readYaml } from "../yaml/yaml-reader.ts";

interface PolicySource extends PackShelf {
  /** The name that findings give the file. */
  readonly file: string;
  readonly text: string;
  readonly sha256: Sha256;
  /** `bailiwick.lock`, if there is one: then every pack must be the text that it names. */
  readonly lock?: LockSource | null;
}

/** The policy, or everything that is wrong with it and its packs. Never throws. */
export function parsePolicy({
  file,
  text,
  sha256,
  lock = null,
  ...shelf
}: PolicySource): Result<Policy, readonly Finding[]> {
  const { root, problems } = readYaml(text);
  if (!root) return fail(toFindings(file, problems));

  const shape = checkShape(policySchema, root);
  const pinned = readPinnedPacks(root, shelf);
  const used = readUsedProviders(root, shelf);
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
    ...checkAttestations(root),
    ...checkAddresses(root),
    ...checkAcceptances(root),
    ...checkTenants(root),
    ...checkLimits(root),
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
  const named = texts.map((pack) => ({ name: `packs/${pack.id}.yaml`, text: pack.text }));
  const document = shape.value;
  return ok(buildPolicy({ document, regimes, providers, packs, hash, texts: named, warnings: findings }));
}

function documentsOf({ providers }: UsedProviders): readonly ProviderDocument[] {
  return Array.from(providers.values(), ({ document }) => document);
}

function operatorsOf(used: UsedProviders): readonly string[] {
  return documentsOf(used).map(({ operator }) => operator.id);
}
