// What a policy's law says that cannot be meant: found before anything is decided by it.
import { includesPlace, type InstantMs, membersOf, type Place } from "../../base/index.ts";
import type { LawPolicy } from "./law-policy.ts";
import type { DeclaredMechanism, FreeDestination, Regime, Validity } from "./regime.ts";
import { hasDocument } from "../rules/document.ts";
import { formatPlaces } from "../rules/verdict.ts";

/** An `error` makes the policy unusable; a `warning` deserves its author's look. */
export interface LawFinding {
  readonly severity: "error" | "warning";
  /** Such as `endpoints.fra-1` or `mechanisms.shop-to-us`. */
  readonly path: string;
  readonly message: string;
}

export function checkLaw(policy: LawPolicy, nowMs: InstantMs): readonly LawFinding[] {
  return [
    ...duplicates("regimes", policy.regimes),
    ...duplicates("mechanisms", policy.mechanisms),
    ...duplicates("cells", policy.cells),
    ...duplicates("endpoints", policy.endpoints),
    ...unknownCells(policy),
    ...unknownPlaces(policy),
    ...policy.mechanisms.flatMap((mechanism) => checkMechanism(mechanism, policy, nowMs)),
    ...policy.regimes.flatMap(checkRegime),
  ];
}

function duplicates(section: string, items: readonly { readonly id: string }[]): LawFinding[] {
  const ids = items.map(({ id }) => id);
  const repeated = new Set(ids.filter((id, index) => ids.indexOf(id) !== index));
  return [...repeated].map((id) => error(`${section}.${id}`, `\`${id}\` is defined more than once`));
}

function unknownCells({ cells, endpoints }: LawPolicy): LawFinding[] {
  const known = new Set(cells.map(({ id }) => id));
  return endpoints
    .filter(({ cell }) => !known.has(cell))
    .map(({ id, cell }) => error(`endpoints.${id}.cell`, `cell \`${cell}\` does not exist`));
}

function unknownPlaces({ cells, endpoints }: LawPolicy): LawFinding[] {
  const sited = [
    ...cells.map((cell) => ({ path: `cells.${cell.id}`, siting: cell })),
    ...endpoints.map((endpoint) => ({ path: `endpoints.${endpoint.id}`, siting: endpoint })),
  ];
  return sited
    .filter(({ siting }) => siting.computes.length === 0 || siting.stores.length === 0)
    .map(({ path }) => error(path, "where it computes or stores is not known, so it can never be lawful"));
}

function checkMechanism(mechanism: DeclaredMechanism, policy: LawPolicy, nowMs: InstantMs): LawFinding[] {
  const { id, kind, to, validity } = mechanism;
  const path = `mechanisms.${id}`;
  const rules = policy.regimes
    .filter(({ rule }) => rule !== "operator" && rule !== "terms")
    .flatMap(({ id: regime, mechanisms }) =>
      mechanisms.filter((rule) => rule.kind === kind).map((rule) => ({ regime, rule })),
    );
  const operators = new Set(
    [...policy.cells, ...policy.endpoints].map(({ operator }) => operator.id as string),
  );
  return [
    ...(rules.length === 0
      ? [error(`${path}.kind`, `no regime in use knows mechanisms of kind \`${kind}\``)]
      : []),
    ...(operators.has(to) ? [] : [error(`${path}.to`, `no cell or endpoint is run by \`${to}\``)]),
    ...rules.flatMap(({ regime, rule }) =>
      rule.documents
        .filter((name) => !hasDocument(mechanism.documents, name))
        .map((name) =>
          error(path, `\`${regime}\` (${rule.article}) wants document \`${name}\`, which is missing`),
        ),
    ),
    ...(validity.untilMs !== null && validity.untilMs <= nowMs ? [warning(path, "it has expired")] : []),
  ];
}

function checkRegime(regime: Regime): LawFinding[] {
  const path = `regimes.${regime.id}`;
  const needsHome = regime.rule === "hard_local" || regime.rule === "conditional";
  const readsMechanisms = regime.rule !== "operator" && regime.rule !== "terms";
  return [
    ...(regime.rule !== "conditional" && regime.freeDestinations.length > 0
      ? [warning(path, `a \`${regime.rule}\` rule reads no free destinations`)]
      : []),
    ...(!readsMechanisms && regime.mechanisms.length > 0
      ? [warning(path, `a \`${regime.rule}\` rule reads no mechanisms`)]
      : []),
    ...(needsHome && regime.home.size === 0
      ? [error(`${path}.home`, `a \`${regime.rule}\` rule needs a home`)]
      : []),
    ...overlaps(regime.freeDestinations).map(({ left, right, places }) =>
      warning(
        `${path}.free_destinations`,
        `\`${left.instrument}\` and \`${right.instrument}\` overlap in time for ${formatPlaces(places)}`,
      ),
    ),
  ];
}

export interface Overlap {
  readonly left: FreeDestination;
  readonly right: FreeDestination;
  readonly places: readonly Place[];
}

/** Two instruments for one place at one time: one of them is probably meant to end where the other begins. */
export function overlaps(destinations: readonly FreeDestination[]): readonly Overlap[] {
  return destinations.flatMap((left, index) =>
    destinations.slice(index + 1).flatMap((right) => {
      const shared = [
        ...membersOf(left.places).filter((place) => includesPlace(right.places, place)),
        ...membersOf(right.places).filter((place) => includesPlace(left.places, place)),
      ];
      const isOverlap =
        overlap(left.validity, right.validity) && shareClass(left, right) && shareRecipients(left, right);
      return shared.length === 0 || !isOverlap ? [] : [{ left, right, places: [...new Set(shared)] }];
    }),
  );
}

function overlap(left: Validity, right: Validity): boolean {
  return startsBeforeEnd(left, right) && startsBeforeEnd(right, left);
}

function startsBeforeEnd({ fromMs }: Validity, { untilMs }: Validity): boolean {
  return fromMs === null || untilMs === null || fromMs < untilMs;
}

function shareClass({ classes: left }: FreeDestination, { classes: right }: FreeDestination): boolean {
  return left === null || right === null || [...left].some((dataClass) => right.has(dataClass));
}

/** A decision for certified recipients may stand beside one for those of another scheme. */
function shareRecipients(left: FreeDestination, right: FreeDestination): boolean {
  return left.requiresCertification?.scheme === right.requiresCertification?.scheme;
}

function error(path: string, message: string): LawFinding {
  return { severity: "error", path, message };
}

function warning(path: string, message: string): LawFinding {
  return { severity: "warning", path, message };
}
