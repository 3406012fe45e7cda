// The instants at which a policy's law may change by itself, each with what begins or ends there.
import type { InstantMs } from "../../base/index.ts";
import type { LawPolicy } from "../policy/law-policy.ts";
import type { Regime, Validity } from "../policy/regime.ts";

/** From the first instant at which an analysis looks until just before the last. */
export interface Period {
  readonly fromMs: InstantMs;
  readonly untilMs: InstantMs;
}

export interface Boundary {
  readonly atMs: InstantMs;
  readonly edge: "begins" | "ends";
  /** Such as `(EU) 2025/2574`, `shop-to-us`, `operator pacific-cloud`; the regime's id for the regime itself. */
  readonly what: string;
  /** Whose requests it can matter to: those under this regime, those of this exporter; null: anybody's. */
  readonly regime: Regime | null;
  readonly exporter: string | null;
}

type Owner = Pick<Boundary, "regime" | "exporter">;

const anybodys: Owner = { regime: null, exporter: null };

/** In order of time. */
export function boundariesOf(law: LawPolicy): readonly Boundary[] {
  const sited = [...law.cells, ...law.endpoints];
  const operators = new Map(sited.map(({ operator }) => [operator.id, operator]));
  const all = [
    ...law.regimes.flatMap(regimeBoundaries),
    ...law.mechanisms.flatMap((mechanism) =>
      boundariesIn(mechanism, mechanism.id, { ...anybodys, exporter: mechanism.from }),
    ),
    ...law.acceptances.flatMap((accepted) => boundariesIn(accepted, `accepted ${accepted.place}`, anybodys)),
    ...(law.events ?? []).flatMap((event) => boundariesIn(event, `event ${event.id}`, anybodys)),
    ...[...operators].flatMap(([id, operator]) => boundariesIn(operator, `operator ${id}`, anybodys)),
    ...sited.flatMap((siting) => boundariesIn({ ...siting, operator: {} }, siting.id, anybodys)),
  ];
  return all.toSorted((left, right) => left.atMs - right.atMs);
}

/** Who asks: the exporter, and the regimes that the request may be under. */
export interface Asker {
  readonly exporter: string | null;
  readonly regimes: ReadonlySet<Regime>;
}

/** When to look in the period: at its start, and at each boundary that can matter to who asks. */
export function instantsOf(
  boundaries: readonly Boundary[],
  asker: Asker,
  { fromMs, untilMs }: Period,
): readonly InstantMs[] {
  const relevant = boundaries.filter(
    ({ atMs, regime, exporter }) =>
      fromMs < atMs &&
      atMs < untilMs &&
      (regime === null || asker.regimes.has(regime)) &&
      (exporter === null || asker.exporter === exporter),
  );
  return [...new Set([fromMs, ...relevant.map(({ atMs }) => atMs)])];
}

function regimeBoundaries(regime: Regime): readonly Boundary[] {
  const { effective, freeDestinations, ...rest } = regime;
  const owner = { ...anybodys, regime };
  return [
    ...edges(effective, regime.id, owner),
    ...freeDestinations.flatMap((free) => boundariesIn(free, free.instrument, owner)),
    ...boundariesIn(rest, regime.id, owner),
  ];
}

/** Every validity anywhere in the value, so that no new kind of it is forgotten here. */
function boundariesIn(value: object, what: string, owner: Owner): readonly Boundary[] {
  if (isValidity(value)) return edges(value, what, owner);
  const parts: readonly unknown[] =
    value instanceof Map || value instanceof Set ? [...value.values()] : Object.values(value);
  return parts.flatMap((part) =>
    typeof part === "object" && part !== null ? boundariesIn(part, what, owner) : [],
  );
}

function isValidity(value: object): value is Validity {
  return "fromMs" in value && "untilMs" in value;
}

function edges({ fromMs, untilMs }: Validity, what: string, owner: Owner): readonly Boundary[] {
  return [
    ...(fromMs === null ? [] : [{ atMs: fromMs, edge: "begins" as const, what, ...owner }]),
    ...(untilMs === null ? [] : [{ atMs: untilMs, edge: "ends" as const, what, ...owner }]),
  ];
}
