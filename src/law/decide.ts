// Makes a permit or a refusal out of verdicts.
import { type CellId, compareText } from "../base/index.ts";
import type { Block, Decision } from "./decision.ts";
import type { CellDerivation, Derivation, EndpointDerivation } from "./derivation.ts";
import type { Facts } from "./policy/facts.ts";
import { type Ground, issuePermit, type PermittedEndpoint } from "./permit.ts";
import type { PreparedLaw } from "./policy/prepare.ts";
import type { EvidenceClass, Regime } from "./policy/regime.ts";

/**
 * INVARIANT: nobody else issues permits. A permit names exactly the endpoints that every rule lets pass, and their cell
 * too; where a fact is missing there is none.
 */
export function decideFrom(derivation: Derivation, law: PreparedLaw, facts: Facts): Decision {
  const { missing } = derivation;
  if (missing.length > 0) return refuse("jurisdiction_unknown", derivation, { blocks: [], missing });

  const blocks = blocksOf(derivation);
  const lawful = derivation.endpoints.filter(({ isLawful }) => isLawful);
  if (lawful.length === 0) {
    return refuse("no_lawful_endpoint", derivation, { blocks, missing: unknownSitings(derivation) });
  }
  const cells = derivation.cells.filter((cell) => lawful.some((endpoint) => endpoint.cell === cell.id));
  const regimes = regimesBehind(lawful, law);
  const permit = issuePermit({
    endpoints: lawful.map((endpoint) => permittedEndpoint(endpoint, derivation)),
    regimes: regimes.map(({ id }) => id),
    obligations: [...new Set(regimes.flatMap(({ obligations }) => obligations))].toSorted(),
    evidenceMin: strictestEvidence(regimes),
    policyHash: derivation.policyHash,
    expiresAtMs: derivation.expiresAtMs,
  });
  return { kind: "permit", permit, cells: rankCells(cells, lawful, facts.receivingCell), blocks };
}

interface RefusalReasons {
  readonly blocks: readonly Block[];
  readonly missing: readonly string[];
}

function refuse(
  kind: "jurisdiction_unknown" | "no_lawful_endpoint",
  { policyHash, expiresAtMs }: Derivation,
  { blocks, missing }: RefusalReasons,
): Decision {
  return { kind: "refusal", refusal: { kind, blocks, missing, policyHash, expiresAtMs } };
}

/** Lists blocks in order of target and rule, so that the order of a policy or of claims never shows. */
function blocksOf({ cells, endpoints }: Derivation): readonly Block[] {
  return [...cells, ...endpoints].flatMap((target) =>
    target.verdicts
      .filter(({ passes }) => !passes)
      .map(({ rule, article, reason }) => ({ target: target.id, rule, article, reason }))
      .toSorted((left, right) => compareText(left.rule, right.rule)),
  );
}

function unknownSitings({ cells, endpoints }: Derivation): readonly string[] {
  const verdicts = [...cells, ...endpoints].flatMap((target) => target.verdicts);
  return [...new Set(verdicts.flatMap(({ missing }) => missing ?? []))].toSorted();
}

/** Whatever applies to a cell applies to its endpoints, whose verdicts therefore name every regime. */
function regimesBehind(endpoints: readonly EndpointDerivation[], law: PreparedLaw): readonly Regime[] {
  const rules = new Set(endpoints.flatMap(({ verdicts }) => verdicts.map(({ rule }) => rule)));
  return law.regimes.filter(({ id }) => rules.has(id));
}

function strictestEvidence(regimes: readonly Regime[]): EvidenceClass {
  return (
    regimes
      .map(({ evidenceMin }) => evidenceMin)
      .toSorted()
      .at(-1) ?? "E0"
  );
}

/** Its grounds are those of the endpoint and of the cell through which it is reached. */
function permittedEndpoint(
  { id, cell, computes, verdicts, isTransfer, isSovereign }: EndpointDerivation,
  { cells }: Derivation,
): PermittedEndpoint {
  const host = cells.find((candidate) => candidate.id === cell);
  const grounds = new Map<string, Ground>();
  for (const ground of [...verdicts, ...(host?.verdicts ?? [])].flatMap((verdict) => verdict.grounds)) {
    grounds.set(JSON.stringify([ground.regime, ground.kind, ground.instrument]), ground);
  }
  return { id, cell, computes, grounds: [...grounds.values()], isTransfer, isSovereign };
}

/** The receiving cell if it may serve, then cells that serve at home, then by name. */
function rankCells(
  cells: readonly CellDerivation[],
  lawful: readonly EndpointDerivation[],
  receivingCell: CellId,
): readonly CellId[] {
  const atHome = new Set(lawful.filter(({ isTransfer }) => !isTransfer).map(({ cell }) => cell));
  const rank = (id: CellId): number => (id === receivingCell ? 0 : atHome.has(id) ? 1 : 2);
  return cells
    .map(({ id }) => id)
    .toSorted((left, right) => rank(left) - rank(right) || compareText(left, right));
}
