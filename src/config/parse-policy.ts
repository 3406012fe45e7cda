import { fail, ok, type Result } from "../base/index.ts";
import { buildPolicy } from "./build-policy.ts";
import { checkShape } from "./check-shape.ts";
import { checkEndpoints } from "./endpoint-checks.ts";
import { type Finding, hasErrors, toFindings } from "./finding.ts";
import { checkMechanisms } from "./mechanism-checks.ts";
import { checkPeriods } from "./period-checks.ts";
import { type PackText, readPinnedPacks } from "./pinned-packs.ts";
import { policyHash, type Sha256 } from "./policy-hash.ts";
import { policySchema } from "./policy-schema.ts";
import type { Policy } from "./policy.ts";
import { checkReferences } from "./references.ts";
import { checkSignals } from "./signal-checks.ts";
import { checkTenants } from "./tenant-checks.ts";
import { checkWords } from "./word-checks.ts";
import { readYaml } from "./yaml-reader.ts";

interface PolicySource {
  /** As findings shall name it. */
  readonly file: string;
  readonly text: string;
  /** Null for a pack that does not exist. Asked only for names of lower-case letters, digits and `-`. */
  readonly readPack: (id: string) => PackText | null;
  readonly sha256: Sha256;
}

/** The policy, or everything that is wrong with it and its packs. Never throws. */
export function parsePolicy({
  file,
  text,
  readPack,
  sha256,
}: PolicySource): Result<Policy, readonly Finding[]> {
  const { root, problems } = readYaml(text);
  if (!root) return fail(toFindings(file, problems));

  const shape = checkShape(policySchema, root);
  const pinned = readPinnedPacks(root, readPack);
  const regimes = pinned.packs.map(({ regime }) => regime);
  const own = toFindings(file, [
    ...problems,
    ...(shape.ok ? [] : shape.error),
    ...pinned.problems,
    ...checkReferences(root),
    ...checkEndpoints(root),
    ...checkTenants(root),
    ...checkSignals(root),
    // A pack that cannot be read may be the one that knows the mechanism or the word.
    ...(pinned.isComplete ? [...checkMechanisms(root, regimes), ...checkWords(root, regimes)] : []),
    ...checkPeriods(root),
  ]);
  const findings = [...own, ...pinned.findings];
  if (!shape.ok || hasErrors(findings)) return fail(findings);

  const hash = policyHash(
    text,
    pinned.packs.map(({ regime, text }) => ({ id: regime.id, text })),
    sha256,
  );
  return ok(buildPolicy({ document: shape.value, regimes, hash, warnings: findings }));
}
